import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHttpMailer } from '../../../src/adapters/mailer-http.ts'
import { createSmtpMailer } from '../../../src/adapters/mailer-smtp-node.ts'
import type { Mailer } from '../../../src/core/outbox/mails.ts'
import { PASSWORD, type TestApp } from '../../support/app.ts'
import { createNodeTestApp } from '../../support/app-node.ts'
import { answers, startMailApi, startSmtpServer } from '../../support/mail-servers.ts'

const FROM = { name: 'Example App', address: 'no-reply@example.org' }
/** A server that hangs is given up soon. Any other may be slow, as this machine may be. */
const deadlineFor = (behaviour: unknown) => (behaviour === 'hang' ? 500 : 10_000)
const HOUR = 3600

let t: TestApp
beforeAll(async () => {
  t = await createNodeTestApp()
})
afterAll(() => t.close())
beforeEach(() => t.column('delete from edge_auth.outbox returning 1'))

/** Brings everything in the outbox nearer by so many seconds, as the passing of time does. */
const pass = (seconds: number) =>
  t.column(
    `update edge_auth.outbox set due_at = due_at - interval '${seconds} seconds' returning 1`,
  )

const waiting = async () => (await t.column('select id from edge_auth.outbox')).length

type Server = { behave: (behaviour: never) => Promise<void> }

/**
 * An hour in which the server takes nothing. Somebody signs up every twenty minutes; everybody must be written to, once, when
 * it is over.
 */
async function hourWithout(app: TestApp, server: Server, behaviour: unknown): Promise<string[]> {
  const addresses: string[] = []
  await server.behave(behaviour as never)
  for (let minutes = 0; minutes < 60; minutes += 20) {
    const name = `o${crypto.randomUUID().slice(0, 8)}`
    const email = `${name}@example.org`
    const answer = await app.post('/auth/signup', { username: name, email, password: PASSWORD })
    expect(answer.status).toBe(201)
    addresses.push(email)
    for (let minute = 0; minute < 20; minute += 10) {
      await app.deliver()
      await pass(600)
    }
  }
  const postponed = app.log.filter(({ event }) => event === 'mail_postponed')
  expect(postponed.length).toBeGreaterThan(addresses.length)
  expect(app.log.filter(({ event }) => event === 'mail_sent')).toEqual([])
  await server.behave('accept' as never)
  await expect
    .poll(async () => {
      await pass(HOUR)
      await app.deliver()
      return waiting()
    })
    .toBe(0)
  return addresses.sort()
}

const withMailer = (mailer: Mailer) => t.beside({ deps: { mailer } })

describe('an HTTP provider is back after an hour', () => {
  it.each([
    ['refused connections', 'refuse'],
    ['hung', 'hang'],
    ['answered 500', answers.status(500)],
    ['answered with a page', answers.html],
    ['answered 429 with Retry-After', answers.status(429, { 'retry-after': '120' })],
    ['took mails, and cut the connection before it said so', 'cut'],
  ])('in which it %s', async (_what, behaviour) => {
    const server = await startMailApi()
    const api = {
      from: FROM,
      url: server.url,
      key: server.key,
      deadlineMilliseconds: deadlineFor(behaviour),
    }
    const app = await withMailer(createHttpMailer(api))
    const addresses = await hourWithout(app, server, behaviour)
    expect(server.mails.map(({ to }) => to[0]).sort()).toEqual(addresses)
    expect(new Set(server.mails.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(
      addresses.length,
    )
    await server.close()
  })
})

describe('an SMTP server is back after an hour', () => {
  it.each([
    ['refused connections', 'refuse'],
    ['hung', 'hang'],
    ['greeted with 421', 421],
    ['answered 451', 451],
    ['answered 550', 550],
    ['took mails, and cut the connection before it said so', 'cut'],
  ])('in which it %s', async (_what, behaviour) => {
    const server = await startSmtpServer()
    const smtp = { from: FROM, url: server.url, deadlineMilliseconds: deadlineFor(behaviour) }
    const app = await withMailer(createSmtpMailer(smtp))
    const addresses = await hourWithout(app, server, behaviour)
    expect(
      server
        .inbox()
        .map(({ to }) => to[0])
        .sort(),
    ).toEqual(addresses)
    // Only where a side broke off when the mail was there may the server see one twice, under the same Message-ID.
    if (behaviour !== 'cut' && behaviour !== 'hang')
      expect(server.mails).toHaveLength(addresses.length)
    const [mail] = server.mails
    expect(mail?.message.html).toContain('/verify-email?token=')
    expect(mail?.message.text).toContain('/verify-email?token=')
    await server.close()
  })
})

it('a token is worth its whole time when the mail comes late', async () => {
  const server = await startSmtpServer()
  const smtp = { from: FROM, url: server.url }
  const app = await withMailer(createSmtpMailer(smtp))
  const person = await app.signup()
  await app.deliver()
  await app.post('/auth/password/forgot', { email: person.email })
  await server.behave('refuse')
  await app.deliver()
  await t.column(`update edge_auth.one_time_tokens set expires_at = now() - interval '90 minutes'
    where user_id = '${person.id}' and purpose = 'reset_password' returning 1`)
  await pass(2 * HOUR)
  await server.behave('accept')
  await app.deliver()
  const text = server.inbox().at(-1)?.message.text ?? ''
  const [, token] = /reset-password\?token=([\w.-]+)/.exec(text) ?? []
  const body = { token, new_password: 'another horse, another battery' }
  expect((await app.post('/auth/password/reset', body)).status).toBe(204)
  await server.close()
})
