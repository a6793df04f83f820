import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createHttpMailer } from '../../src/adapters/mailer-http.ts'
import { answers, startMailApi } from '../support/mail-servers.ts'
import { FROM, failureOf, someMail } from '../support/mailer.ts'

let api: Awaited<ReturnType<typeof startMailApi>>
beforeAll(async () => {
  api = await startMailApi()
})
afterAll(() => api.close())
afterEach(() => api.behave('accept'))

/** No test waits for a deadline but those of an API that says nothing. */
const mailer = (options: { key?: string; name?: string; deadlineMilliseconds?: number } = {}) =>
  createHttpMailer({
    url: api.url,
    key: options.key ?? api.key,
    from: { ...FROM, ...(options.name !== undefined && { name: options.name }) },
    deadlineMilliseconds: options.deadlineMilliseconds ?? 60_000,
  })
const json =
  (status: number, content: unknown): RequestListener =>
  async (request, response) => {
    await text(request)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(content))
  }

describe('a mail by HTTP', () => {
  it('arrives, with its id as the idempotency key', async () => {
    const mail = someMail()
    await mailer().send(mail)
    expect(api.mails.at(-1)).toMatchObject({
      idempotencyKey: mail.id,
      from: 'Example App <no-reply@example.org>',
      to: ['ada@example.org'],
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('says who calls, which Workers do not by themselves', async () => {
    let agent: string | undefined
    await api.behave((request, response) => {
      agent = request.headers['user-agent']
      json(200, { id: 'x' })(request, response)
    })
    await mailer().send(someMail())
    expect(agent).toBe('edge-auth')
  })

  it('is taken once, however often it is sent', async () => {
    const [mail, before] = [someMail(), api.mails.length]
    for (let times = 0; times < 3; times++) await mailer().send(mail)
    expect(api.mails).toHaveLength(before + 1)
  })

  it('whose answer is lost is not taken again', async () => {
    await api.behave('cut')
    const [mail, before] = [someMail(), api.mails.length]
    await failureOf(mailer().send(mail))
    await api.behave('accept')
    await mailer().send(mail)
    expect(api.mails).toHaveLength(before + 1)
  })

  it('that was taken with other content counts as sent, and nothing is sent anew', async () => {
    const [mail, before] = [someMail(), api.mails.length]
    await mailer().send(mail)
    await mailer().send({ ...mail, text: 'rendered by another version' })
    expect(api.mails).toHaveLength(before + 1)
    expect(api.mails.at(-1)?.text).toBe(mail.text)
  })

  it.each([
    ['another that is on its way', { name: 'concurrent_idempotent_requests' }],
    ['something else', { name: 'conflict' }],
    ['nothing', null],
    ['a word', 'invalid_idempotent_request'],
  ])('is sent later where a 409 tells of %s', async (_what, content) => {
    await api.behave(json(409, content))
    expect((await failureOf(mailer().send(someMail()))).code).toBe('HTTP_409')
  })

  it.each([
    [
      'Example, Inc. "X" <eve@example.org>',
      String.raw`"Example, Inc. \"X\" <eve@example.org>" <no-reply@example.org>`,
    ],
    ['a\\b', String.raw`"a\\b" <no-reply@example.org>`],
    ['Größe & Söhne', 'Größe & Söhne <no-reply@example.org>'],
  ])('is from %s', async (name, from) => {
    await mailer({ name }).send(someMail())
    expect(api.mails.at(-1)?.from).toBe(from)
  })

  it('has a subject of one line', async () => {
    const subject = 'Hello\r\nBcc: eve@example.org\u2028\u202ex'
    await mailer().send(someMail({ subject }))
    expect(api.mails.at(-1)?.subject).toBe('Hello Bcc: eve@example.org x')
  })

  it.each([
    [{ to: 'ada@example.org, eve@example.org' }, 'RECIPIENT_INVALID'],
    [{ to: 'Ada <ada@example.org>' }, 'RECIPIENT_INVALID'],
    [{ to: 'ada@example.org\r\nBcc: eve@example.org' }, 'RECIPIENT_INVALID'],
    [{ id: 'x\r\nAuthorization: none' }, 'ID_INVALID'],
  ])('%j is not sent', async (change, expected) => {
    const before = api.attempts()
    const { code } = await failureOf(mailer().send(someMail(change)))
    expect([code, api.attempts()]).toEqual([expected, before])
  })
})

describe('what is no success', () => {
  it.each<[string, RequestListener]>([
    ['HTTP_500', answers.status(500)],
    ['HTTP_422', answers.status(422)],
    ['HTTP_502', answers.status(502, { 'content-type': 'text/html' })],
    ['ANSWER_UNKNOWN', answers.html],
    ['ANSWER_UNKNOWN', json(200, {})],
    ['ANSWER_UNKNOWN', json(200, { id: 7 })],
    ['ANSWER_UNKNOWN', json(200, { id: '' })],
    ['ANSWER_UNKNOWN', json(200, null)],
    ['ANSWER_UNKNOWN', json(200, [{ id: 'x' }])],
    ['ANSWER_UNKNOWN', json(202, 'id')],
    ['ANSWER_TOO_LONG', json(200, { id: 'x', more: 'x'.repeat(100_000) })],
  ])('%s', async (code, behaviour) => {
    await api.behave(behaviour)
    const failure = await failureOf(mailer().send(someMail()))
    expect([failure.code, failure.retryAfterSeconds]).toEqual([code, undefined])
  })

  it('a key that is refused', async () => {
    const { code } = await failureOf(mailer({ key: 're_a-key-of-others' }).send(someMail()))
    expect(code).toBe('HTTP_401')
  })

  it('a refused or cut connection', async () => {
    await api.behave('refuse')
    // Of a connection that was kept, the client learns only that it is gone.
    await failureOf(mailer().send(someMail()))
    expect((await failureOf(mailer().send(someMail()))).code).toBe('ECONNREFUSED')
    await api.behave('cut')
    expect((await failureOf(mailer().send(someMail()))).code).toMatch(
      /^(UND_ERR_SOCKET|ECONNRESET)$/,
    )
  })

  it('a redirect, which gets neither the key nor the mail', async () => {
    let led = 0
    const other = createServer((_request, response) => {
      led++
      response.end(JSON.stringify({ id: 'x' }))
    })
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const { port } = other.address() as { port: number }
    for (const status of [301, 302, 307, 308]) {
      await api.behave(answers.status(status, { location: `http://127.0.0.1:${port}/emails` }))
      expect((await failureOf(mailer().send(someMail()))).code).toBe(`HTTP_${status}`)
    }
    other.close()
    expect(led).toBe(0)
  })

  it('an API that says nothing', async () => {
    await api.behave('hang')
    const hasty = mailer({ deadlineMilliseconds: 200 })
    expect((await failureOf(hasty.send(someMail()))).code).toBe('TIMEOUT')
  })

  it('an answer that does not come to an end', async () => {
    const closed = Promise.withResolvers<void>()
    await api.behave((request, response) => {
      request.resume()
      response.on('close', closed.resolve)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"id":"x"')
    })
    const hasty = mailer({ deadlineMilliseconds: 200 })
    expect((await failureOf(hasty.send(someMail()))).code).toBe('TIMEOUT')
    await closed.promise
  })
})

describe('Retry-After', () => {
  const inTwoMinutes = () => new Date(Date.now() + 120_000).toUTCString()
  const asked = async (status: number, headers: Record<string, string>) => {
    await api.behave(answers.status(status, headers))
    return (await failureOf(mailer().send(someMail()))).retryAfterSeconds
  }

  it.each<[string, number | undefined]>([
    ['7', 7],
    ['0', 1],
    ['3600', 3600],
    ['86400', 3600],
    ['9'.repeat(400), 3600],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3600],
    ['Xxx, 99 Xxx 2026 99:99:99 GMT', undefined],
    ['2099-01-01', undefined],
  ])('%s is %s seconds', async (value, seconds) => {
    expect(await asked(429, { 'retry-after': value })).toBe(seconds)
  })

  it('may be a date', async () => {
    const seconds = await asked(503, { 'retry-after': inTwoMinutes() })
    expect(seconds).toBeGreaterThan(60)
    expect(seconds).toBeLessThanOrEqual(121)
  })

  it('is a date by the clock of the provider', async () => {
    const date = 'Mon, 05 Jan 2026 10:00:00 GMT'
    expect(await asked(429, { date, 'retry-after': 'Mon, 05 Jan 2026 10:01:30 GMT' })).toBe(90)
  })

  it('counts where somebody is to wait, and nowhere else', async () => {
    expect(await asked(500, { 'retry-after': '7' })).toBeUndefined()
    expect(await asked(301, { 'retry-after': '7' })).toBeUndefined()
  })
})
