import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPostman } from '../../../src/adapters/postman-node.ts'
import { deliverMails } from '../../../src/core/outbox/deliver.ts'
import { type Mail, MailNotSent } from '../../../src/core/outbox/mails.ts'
import type { TestApp } from '../../support/app.ts'
import { createNodeTestApp } from '../../support/app-node.ts'

let t: TestApp
let app: TestApp
/** What the provider does with each mail. */
let send: (mail: Mail) => Promise<void>
beforeAll(async () => {
  t = await createNodeTestApp()
  const mailer = { send: (mail: Mail) => send(mail), keepsMails: false }
  app = await t.beside({ deps: { mailer } })
})
afterAll(() => t.close())

const sent: Mail[] = []
const taken = async (mail: Mail) => {
  sent.push(mail)
}
beforeEach(async () => {
  await t.column('delete from edge_auth.outbox returning 1')
  sent.length = 0
  app.log.length = 0
  send = taken
})

const events = () =>
  app.log.map(({ event }) => event).filter((name) => String(name).includes('mail'))
const dueIn = async () =>
  Number(
    (await t.column('select extract(epoch from due_at - now())::int from edge_auth.outbox'))[0],
  )
const pass = (seconds: number) =>
  t.column(`update edge_auth.outbox set due_at = due_at - interval '${seconds} seconds',
    created_at = created_at - interval '${seconds} seconds' returning 1`)
const refused = (retryAfterSeconds?: number) => async () => {
  throw new MailNotSent('HTTP_500', retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}

it('what was sent is gone, and is not sent again', async () => {
  const { email } = await app.signup()
  expect(await app.deliver()).toBeUndefined()
  await app.deliver()
  expect(sent.map(({ to }) => to)).toEqual([email])
  expect(events()).toEqual(['mail_sent'])
  expect(await t.column('select id from edge_auth.outbox')).toEqual([])
})

it('more mails than go at once are all sent', async () => {
  for (let people = 0; people < 25; people++) await app.signup()
  await app.deliver()
  expect(new Set(sent.map(({ to }) => to)).size).toBe(25)
})

it('a postman that is closed finishes what it has in hand, and takes nothing more', async () => {
  for (let people = 0; people < 25; people++) await app.signup()
  const inHand = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  send = async (mail) => {
    sent.push(mail)
    inHand.resolve()
    await released.promise
  }
  const postman = createPostman((isOver) => deliverMails(app.deps, isOver), app.deps.logger)
  postman.wake()
  await inHand.promise
  const closed = postman.close()
  released.resolve()
  await closed
  expect(sent).toHaveLength(10)
  const waiting = await t.column('select attempts from edge_auth.outbox')
  expect(waiting).toEqual(Array(15).fill(0))
})

it('a mail in the hands of one sender is not taken by another, until its lease is over', async () => {
  await app.signup()
  const hanging = Promise.withResolvers<void>()
  const inHand = Promise.withResolvers<void>()
  send = async (mail) => {
    sent.push(mail)
    inHand.resolve()
    await hanging.promise
  }
  const first = app.deliver()
  await inHand.promise
  send = taken
  await app.deliver()
  expect(sent).toHaveLength(1)
  expect(await dueIn()).toBeGreaterThan(30)
  // As if the first had died.
  await t.column(`update edge_auth.outbox set due_at = due_at - interval '61 seconds' returning 1`)
  await app.deliver()
  expect(sent).toHaveLength(2)
  expect(sent[0]).toEqual(sent[1])
  hanging.resolve()
  await first
})

it('each failure doubles the wait, up to half an hour, and half of it is random', async () => {
  await app.signup()
  send = refused()
  for (let attempt = 1; attempt <= 14; attempt++) {
    const seconds = await app.deliver()
    const longest = Math.min(1800, 5 * 2 ** attempt)
    expect(seconds).toBeGreaterThanOrEqual(longest / 2)
    expect(seconds).toBeLessThanOrEqual(longest)
    expect(Math.abs((await dueIn()) - Number(seconds))).toBeLessThanOrEqual(2)
    await t.column('update edge_auth.outbox set due_at = now() returning 1')
  }
})

it('a provider that says when to come back is not asked before', async () => {
  await app.signup()
  send = refused(3000)
  expect(await app.deliver()).toBe(3000)
  expect(await dueIn()).toBeGreaterThan(2990)
})

it('each delivery tells when the next mail is due, also if another one postponed it', async () => {
  await app.signup()
  send = refused(600)
  await app.deliver()
  await app.signup()
  send = refused(1200)
  expect(await app.deliver()).toBe(600)
  // Woken by somebody else's mail, long before both are due.
  await app.signup()
  send = taken
  expect(await app.deliver()).toBe(600)
  await t.column(`update edge_auth.outbox set due_at = now() where due_at < now() + interval '601 seconds'
    returning 1`)
  const seconds = await app.deliver()
  expect(seconds).toBeGreaterThan(1190)
  expect(seconds).toBeLessThanOrEqual(1200)
  expect(sent).toHaveLength(2)
})

it('a mail of a sender that died is looked for when its lease is over', async () => {
  await app.signup()
  const asked = Promise.withResolvers<void>()
  send = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  void app.deliver()
  // Before that it could still send by what the next test takes for a provider.
  await asked.promise
  const seconds = await app.deliver()
  expect(seconds).toBeGreaterThan(50)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(sent).toEqual([])
})

it('a mail that nobody took for a day is given up, and the log says so', async () => {
  await app.signup()
  send = refused()
  await app.deliver()
  await pass(86_399)
  await app.deliver()
  expect(events()).toEqual(['mail_postponed', 'mail_postponed'])
  await pass(3600)
  expect(await app.deliver()).toBeUndefined()
  expect(app.log.at(-1)).toMatchObject({
    level: 'error',
    event: 'mail_given_up',
    mail: 'verify_email',
    code: 'HTTP_500',
    attempts: 3,
  })
  expect(await t.column('select id from edge_auth.outbox')).toEqual([])
})

it('a mail of long ago is not sent, such as one in a copy of the database', async () => {
  await app.signup()
  await pass(2 * 86_400 - 60)
  await app.signup()
  await pass(120)
  await app.deliver()
  expect(sent).toHaveLength(1)
  expect(events()).toEqual(expect.arrayContaining(['mail_given_up', 'mail_sent']))
  expect(app.log.find(({ event }) => event === 'mail_given_up')).toMatchObject({ code: 'TOO_OLD' })
  expect(await t.column('select id from edge_auth.outbox')).toEqual([])
})

it('the log names neither recipient nor subject nor link', async () => {
  const { email } = await app.signup()
  send = async ({ html }) => {
    throw new Error(`the provider refused ${email}: ${html}`)
  }
  await app.deliver()
  expect(JSON.stringify(app.log)).not.toMatch(/@example|token=|provider refused/)
  expect(app.log.at(-1)).toMatchObject({ event: 'mail_postponed', code: 'Error' })
})

describe('a mail that must not be sent is dropped', () => {
  it('one to nobody, which makes an unknown address cost as much as a known one', async () => {
    await app.post('/auth/password/forgot', { email: 'nobody@example.org' })
    expect(await t.column('select mail from edge_auth.outbox')).toContain(null)
    await app.deliver()
    expect(sent).toEqual([])
    expect(await t.column('select id from edge_auth.outbox')).toEqual([])
  })

  it('one that was superseded before it was sent', async () => {
    const { email } = await app.signup()
    await app.post('/auth/email/verification', { email })
    await app.post('/auth/email/verification', { email })
    await app.deliver()
    expect(sent).toHaveLength(1)
    const [, token] = /token=([\w.-]+)/.exec(sent[0]?.text ?? '') ?? []
    expect((await app.post('/auth/email/verify', { token })).status).toBe(204)
  })

  it('one whose token was used', async () => {
    const { id } = await app.signup()
    await t.column(`delete from edge_auth.one_time_tokens where user_id = '${id}' returning 1`)
    await app.deliver()
    expect(sent).toEqual([])
    expect(await t.column('select id from edge_auth.outbox')).toEqual([])
  })
})

it('nothing is done where there is no mailer', async () => {
  const mute = await t.beside({ env: { MAIL_PROVIDER: 'none' } })
  await app.signup()
  expect(await mute.roundTrips(() => mute.deliver())).toBe(0)
  expect(await t.column('select id from edge_auth.outbox')).toHaveLength(1)
})

it('the log-in of nobody waits for the provider, nor does a sign-up', async () => {
  send = () => new Promise(() => {})
  void app.deliver()
  const person = await app.signup()
  void app.deliver()
  await app.login(person)
  expect(await t.column('select id from edge_auth.outbox')).toHaveLength(1)
})

describe('what a newer version enqueued, beside which this one still runs', () => {
  const enqueue = async (mail: string, tokenId: string | null = null) =>
    t.column(`insert into edge_auth.outbox (id, mail, recipient, language, data, token_id, due_at)
      values (gen_random_uuid(), '${mail}', 'ada@example.org', 'en', '{"username":"ada"}',
        ${tokenId === null ? 'null' : `'${tokenId}'`}, now() - interval '1 minute') returning 1`)

  it('is left for that version', async () => {
    await enqueue('mail_of_tomorrow')
    expect(await app.deliver()).toBeGreaterThan(0)
    expect(await t.column('select mail from edge_auth.outbox')).toEqual(['mail_of_tomorrow'])
    expect(sent).toEqual([])
    expect(app.log).toContainEqual(
      expect.objectContaining({ event: 'mail_postponed', code: 'MAIL_UNKNOWN' }),
    )
  })

  it('keeps no other mail from being sent, even with a token of another purpose', async () => {
    const { id, email } = await app.signup()
    const tokenId = crypto.randomUUID()
    await t.column(`insert into edge_auth.one_time_tokens (id, user_id, purpose, email, email_key, expires_at)
      values ('${tokenId}', '${id}', 'purpose_of_tomorrow', '${email}', '${email}', now() + interval '1 hour')
      returning 1`)
    await enqueue('mail_of_tomorrow', tokenId)
    await app.deliver()
    expect(sent.map(({ to }) => to)).toEqual([email])
    expect(await t.column('select mail from edge_auth.outbox')).toEqual(['mail_of_tomorrow'])
  })
})
