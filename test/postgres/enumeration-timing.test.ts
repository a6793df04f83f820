import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { startSmtpServer } from '../support/mail-servers.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'

/** Pairs of calls. */
const CALLS = 100
const TOLERANCE = 0.1
/** A machine that is busy with something else distorts a run. A difference that is there is there in all of them. */
const RUNS = 4

let t: PostgresTestApp
let service: NodeProcess
let smtp: Awaited<ReturnType<typeof startSmtpServer>>
const known: string[] = []

beforeAll(async () => {
  t = await createPostgresTestApp()
  smtp = await startSmtpServer()
  for (let people = 0; people < CALLS; people++) known.push((await t.signup()).email)
  service = await startNode({
    DATABASE_URL: t.url,
    SMTP_URL: smtp.url,
    MAIL_FROM: 'no-reply@example.org',
    PUBLIC_URL: 'https://auth.example.org',
    REQUIRE_VERIFIED_EMAIL: 'true',
  })
})
afterAll(async () => {
  await service.kill()
  await smtp.close()
  await t.close()
})

type Call = (email: string) => Promise<Response>

async function millisecondsOf(call: Call, email: string): Promise<number> {
  const startedAt = performance.now()
  const answer = await call(email)
  await answer.text()
  expect(answer.status).toBe(202)
  return performance.now() - startedAt
}

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** By how much the medians of interleaved calls differ, as a part of the smaller. */
async function difference(call: Call): Promise<number> {
  const [taken, free]: [number[], number[]] = [[], []]
  for (const [at, address] of known.entries()) {
    const order = [
      async () => taken.push(await millisecondsOf(call, address)),
      async () => free.push(await millisecondsOf(call, `free-${crypto.randomUUID()}@example.org`)),
    ]
    for (const one of at % 2 ? order : order.reverse()) await one()
  }
  const [a, b] = [median(taken), median(free)]
  return Math.abs(a - b) / Math.min(a, b)
}

const calls: [string, Call][] = [
  ['forgot', (email) => service.post('/auth/password/forgot', { email })],
  ['send again', (email) => service.post('/auth/email/verification', { email })],
  [
    'a sign-up where addresses must be verified',
    (email) =>
      service.post('/auth/signup', {
        username: `t${crypto.randomUUID().slice(0, 13)}`,
        email,
        password: PASSWORD,
      }),
  ],
]

describe.each(calls)('%s', (_name, call) => {
  it('takes as long for an address that is known as for one that is not', async () => {
    for (const email of known.slice(0, 20)) await millisecondsOf(call, email)
    const differences: number[] = []
    do differences.push(await difference(call))
    while (Math.min(...differences) > TOLERANCE && differences.length < RUNS)
    expect(Math.min(...differences)).toBeLessThanOrEqual(TOLERANCE)
  })
})
