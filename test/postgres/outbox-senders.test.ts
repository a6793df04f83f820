import { afterAll, beforeAll, expect, it } from 'vitest'
import { deliverMails } from '../../src/core/outbox/deliver.ts'
import type { Mail } from '../../src/core/outbox/mails.ts'
import { PASSWORD } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { startSmtpServer } from '../support/mail-servers.ts'
import { startNode } from '../support/node-process.ts'

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

it('several senders at once send each mail once', async () => {
  const addresses: string[] = []
  for (let people = 0; people < 40; people++) addresses.push((await t.signup()).email)
  const sent: Mail[] = []
  const mailer = {
    send: async (mail: Mail) => {
      sent.push(mail)
    },
    keepsMails: false,
  }
  await Promise.all(Array.from({ length: 6 }, () => deliverMails({ ...t.deps, mailer })))
  expect(sent.map(({ to }) => to).sort()).toEqual(addresses.sort())
})

/** The settings of a service that sends its mails there. */
const sendingTo = (smtpUrl: string) => ({
  DATABASE_URL: t.url,
  SMTP_URL: smtpUrl,
  MAIL_FROM: 'Example App <no-reply@example.org>',
  PUBLIC_URL: 'https://auth.example.org',
  NODE_ENV: 'production',
})

it('a process that is killed between commit and sending loses no mail, and the next sends it once', async () => {
  const server = await startSmtpServer()
  await server.behave('hang')
  const first = await startNode(sendingTo(server.url))
  const name = `k${crypto.randomUUID().slice(0, 8)}`
  const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
  expect((await first.post('/auth/signup', person)).status).toBe(201)
  // It is in the hands of the sender that dies.
  await expect.poll(server.attempts).toBeGreaterThan(0)
  await first.kill()
  await server.behave('accept')
  // The lease of the dead.
  await t.sql`update outbox set due_at = now() where recipient = ${person.email}`
  const second = await startNode(sendingTo(server.url))
  await expect.poll(() => server.mails.length).toBe(1)
  expect(server.mails[0]?.to).toEqual([person.email])
  expect(server.mails[0]?.message.text).toContain('https://auth.example.org/verify-email?token=')
  second.child.kill('SIGTERM')
  expect(await second.exited).toEqual({ code: 0, signal: null })
  expect(await t.sql`select id from outbox where recipient = ${person.email}`).toEqual([])
  expect(server.mails).toHaveLength(1)
  await server.close()
})

it('a process that ends waits for the mail that it is sending', async () => {
  const server = await startSmtpServer()
  const service = await startNode(sendingTo(server.url))
  const name = `e${crypto.randomUUID().slice(0, 8)}`
  const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
  await service.post('/auth/signup', person)
  await expect.poll(server.attempts).toBe(1)
  service.child.kill('SIGTERM')
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(server.mails).toHaveLength(1)
  expect(await t.sql`select id from outbox where recipient = ${person.email}`).toEqual([])
  await server.close()
})
