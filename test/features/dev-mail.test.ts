import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAILS, type MailName } from '../../src/core/outbox/mails.ts'
import type { TestApp } from '../support/app.ts'
import { keptMail, signUpWithoutMail } from '../support/mailed.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const PUBLIC_URL = 'http://localhost:8787'
const env = { MAIL_PROVIDER: 'mailbox', PUBLIC_URL }
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
/** What a program on this machine sends, as test/support/app.ts sees it. */
const HERE = { 'x-test-address': '127.0.0.1' }

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env })
})
afterAll(() => t.close())

type Init = { method?: string; accept?: string; headers?: Record<string, string>; app?: TestApp }
const ask = (path: string, { method = 'GET', accept = '*/*', headers = {}, app = t }: Init = {}) =>
  app.request(path, { method, headers: { ...HERE, accept, ...headers } })

const inbox = async (email: string) =>
  (await (await ask(`/dev/mail?to=${encodeURIComponent(email)}`)).json()).mails

describe('GET /dev/mail', () => {
  it('gives programs the mails to an address, the newest first', async () => {
    const [person, other] = [await signUpWithoutMail(t), await signUpWithoutMail(t)]
    const first = await keptMail(t, person, 'verify_email', {
      sentAt: "now() - interval '2 minutes'",
    })
    const second = await keptMail(t, person, 'reset_password', { language: 'de' })
    await keptMail(t, other, 'verify_email')
    await keptMail(t, person, 'confirm_email', { sentAt: 'null' })
    const answer = await ask(`/dev/mail?to=${person.email}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('vary')).toBe('Accept, Origin')
    const { mails, ...rest } = await answer.json()
    expect(rest).toEqual({})
    expect(mails.map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
    expect(Object.keys(mails[1])).toEqual([
      ...['id', 'to', 'subject', 'text', 'html', 'links', 'sent_at'],
    ])
    const link = `${PUBLIC_URL}/verify-email?token=${first.token}`
    expect(mails[1]).toMatchObject({ to: person.email, links: [link] })
    expect(mails[1].text).toContain(link)
    expect(mails[1].html).toMatch(/^<!doctype html>/i)
    expect(Date.parse(mails[0].sent_at) - Date.parse(mails[1].sent_at)).toBeGreaterThan(100_000)
    expect(mails[0].subject).toMatch(/Passwort/)
  })

  it('finds an address however it is written', async () => {
    const person = await signUpWithoutMail(t)
    const { id } = await keptMail(t, person, 'verify_email')
    for (const email of [person.email.toUpperCase(), ` ${person.email} `, person.email]) {
      expect(await inbox(email)).toMatchObject([{ id }])
    }
    for (const email of [person.email.slice(1), `x${person.email}`, '%', person.username]) {
      expect(await inbox(email)).toEqual([])
    }
  })

  it('shows every kind of mail, with its one link if it has one', async () => {
    const person = await signUpWithoutMail(t)
    const names = Object.keys(MAILS) as MailName[]
    for (const name of names) await keptMail(t, person, name)
    const mails = await inbox(person.email)
    expect(mails).toHaveLength(names.length)
    const withLink = Object.values(MAILS).filter(
      (purpose) => purpose !== null && purpose !== 'login_code',
    )
    expect(mails.flatMap(({ links }: { links: string[] }) => links)).toHaveLength(withLink.length)
  })

  it('leaves out what this version does not know, and mails to nobody', async () => {
    const person = await signUpWithoutMail(t)
    for (const mail of ['null', "'of_another_version'"]) {
      await t.column(`insert into edge_auth.outbox (id, mail, recipient, language, data, sent_at)
        values ('${crypto.randomUUID()}', ${mail}, ${quoted(person.email)}, 'en', '{}', now())`)
    }
    expect(await inbox(person.email)).toEqual([])
  })

  it('lists at most a hundred, the newest', async () => {
    const person = await signUpWithoutMail(t)
    await t.column(`insert into edge_auth.outbox (id, mail, recipient, language, data, created_at, sent_at)
      select gen_random_uuid(), 'account_deleted', ${quoted(person.email)}, 'en',
        '{"username":"ada"}', now() - n * interval '1 second', now() - n * interval '1 second' from generate_series(1, 120) n`)
    const mails = await inbox(person.email)
    expect(mails).toHaveLength(100)
    const times = mails.map((mail: { sent_at: string }) => Date.parse(mail.sent_at))
    expect(times).toEqual(times.toSorted((one: number, other: number) => other - one))
    expect(times[0] - times[99]).toBe(99_000)
  })

  it('is a page for people, whose links lead to the mails', async () => {
    const person = await signUpWithoutMail(t)
    const { id, token } = await keptMail(t, person, 'verify_email')
    const answer = await ask(`/dev/mail?to=${person.email}`, { accept: BROWSER })
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-[^']+'; img-src data:$/,
    )
    const page = await answer.text()
    expect(page).toContain(`<a href="mail/${id}">`)
    expect(page).toContain(`to ${person.email}`)
    expect(page).not.toContain(String(token))
    expect(page).not.toMatch(/<script|\sstyle=|\son\w+=|undefined|\[object/)
  })

  it('says how a mail gets there while there is none', async () => {
    const nobody = `nobody-${crypto.randomUUID()}@example.org`
    const page = await (await ask(`/dev/mail?to=${nobody}`, { accept: BROWSER })).text()
    expect(page).toContain('No mail yet')
    expect(page).toContain('POST /auth/signup')
    expect(page).not.toContain('<ul>')
  })

  it('shows what people typed as text', async () => {
    const typed = '"><script>alert(1)</script>'
    const page = await (
      await ask(`/dev/mail?to=${encodeURIComponent(typed)}`, { accept: BROWSER })
    ).text()
    expect(page).toContain('&quot;&gt;&lt;script&gt;')
    expect(page).not.toContain('<script')
  })
})

describe('GET /dev/mail/{id}', () => {
  it('shows the head, the text, the link, and the HTML in a frame', async () => {
    const person = await signUpWithoutMail(t)
    const { id, token } = await keptMail(t, person, 'reset_password')
    const answer = await ask(`/dev/mail/${id}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-security-policy')).toContain("frame-src 'self'")
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    const page = await answer.text()
    const link = `${PUBLIC_URL}/reset-password?token=${token}`
    expect(page).toContain(`<a href="${link}">${link}</a>`)
    expect(page).toContain(`<dt>To</dt><dd>${person.email}</dd>`)
    expect(page).toContain('MAIL_FROM is not set')
    const [frame = ''] = /<iframe[^>]*>/.exec(page) ?? []
    expect(frame).toContain(`src="${id}/html"`)
    expect(frame).toMatch(/\ssandbox="/)
    expect(frame).not.toMatch(/allow-(scripts|same-origin|forms|top-navigation(?!-by-user))/)
    expect(page).toMatch(/<pre>[^<]*choose/i)
  })

  it('names who it is from', async () => {
    const { id } = await keptMail(t, await signUpWithoutMail(t), 'account_deleted')
    const from = async (MAIL_FROM: string) => {
      const app = await t.beside({ env: { ...env, MAIL_FROM } })
      return (await ask(`/dev/mail/${id}`, { app })).text()
    }
    expect(await from('Ours <us@example.org>')).toContain('<dd>Ours &lt;us@example.org&gt;</dd>')
    expect(await from('us@example.org')).toContain('<dd>us@example.org</dd>')
  })

  it('gives the frame a document that can do nothing but open its links', async () => {
    const { id, token } = await keptMail(t, await signUpWithoutMail(t), 'reset_password')
    const answer = await ask(`/dev/mail/${id}/html`)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    const policy = answer.headers.get('content-security-policy')?.split('; ') ?? []
    expect(policy.toSorted()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'img-src data:',
      'sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
      "style-src 'unsafe-inline'",
    ])
    const html = await answer.text()
    expect(html.match(/<base\b[^>]*>/g)).toEqual(['<base target="_top">'])
    expect(html).toContain(`/reset-password?token=${token}"`)
  })

  it.each(['x', '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071', '%00', "' or 1=1", 'html'])(
    '%s is not found, nor is its HTML',
    async (id) => {
      await expectProblem(await ask(`/dev/mail/${encodeURIComponent(id)}`), 'not_found')
      await expectProblem(await ask(`/dev/mail/${encodeURIComponent(id)}/html`), 'not_found')
    },
  )

  it('is not found while the mail is not sent', async () => {
    const { id } = await keptMail(t, await signUpWithoutMail(t), 'verify_email', { sentAt: 'null' })
    await expectProblem(await ask(`/dev/mail/${id}`), 'not_found')
  })
})

describe('who may see the mailbox', () => {
  const paths = ['/dev/mail', '/dev/mail/', '/dev/mail/x', '/dev/mail/x/html', '/dev/mail/x/y/z']
  const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'OPTIONS']

  /** It must not even be seen that it is there. */
  async function expectNothingThere(headers: Record<string, string>, app = t) {
    const { id } = await keptMail(t, await signUpWithoutMail(t), 'verify_email')
    for (const path of [...paths, `/dev/mail/${id}`, `/dev/mail/${id}/html`]) {
      for (const method of methods) {
        const asked = { method, headers: { ...HERE, ...headers, 'x-request-id': 'same' } }
        const answer = await app.request(path, asked)
        const unknown = await app.request(`/nowhere${path.endsWith('/') ? '' : '/x'}`, asked)
        const seen = async (one: Response) => [one.status, [...one.headers], await one.text()]
        expect(await seen(answer), `${method} ${path}`).toEqual(await seen(unknown))
        expect([404, 204]).toContain(answer.status)
      }
    }
    expect((await ask(`/dev/mail/${id}`)).status).toBe(200)
  }

  it.each([
    ['another machine', { 'x-test-address': '192.0.2.1' }],
    ['a machine of the same network', { 'x-test-address': '10.0.0.1' }],
    ['an address like it', { 'x-test-address': '128.0.0.1' }],
    ['another address of IPv6', { 'x-test-address': '::2' }],
    ['nobody known', { 'x-test-address': '' }],
    ['a name that was pointed here', { host: 'evil.example:8787' }],
    ['a name that only begins so', { host: 'localhost.evil.example' }],
    ['a name that only ends so', { host: 'evillocalhost' }],
    ['an address that only begins so', { host: '127.0.0.1.evil.example' }],
    ['a host that is none', { host: 'local host' }],
    ['a proxy', { 'x-forwarded-for': '127.0.0.1' }],
    ['a proxy that names itself', { via: '1.1 proxy' }],
    ['a proxy of the standard', { forwarded: 'for=127.0.0.1' }],
    ['a proxy that names the host', { 'x-forwarded-host': 'localhost' }],
    ['a proxy that names the peer', { 'x-real-ip': '127.0.0.1' }],
    ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
    [
      'a frame of another site',
      {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'iframe',
      },
    ],
    ['a site of a word that nobody knows', { 'sec-fetch-site': 'near' }],
  ])('to %s there is nothing', (_whom, headers) => expectNothingThere(headers))

  it('a followed link reads, and changes nothing', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    const { id } = await keptMail(t, await signUpWithoutMail(t), 'verify_email')
    expect((await ask(`/dev/mail/${id}`, { headers: link })).status).toBe(200)
    await expectProblem(await ask('/dev/mail', { method: 'DELETE', headers: link }), 'not_found')
    await expectProblem(await ask('/dev/mail', { method: 'POST', headers: link }), 'not_found')
    expect((await ask(`/dev/mail/${id}`)).status).toBe(200)
  })

  it.each([
    ['127.0.0.1', 'localhost:8787'],
    ['127.8.9.1', '127.0.0.1:8000'],
    ['::1', '[::1]:8787'],
    ['::1', 'app.localhost'],
    ['127.0.0.1', 'LOCALHOST'],
  ])('this machine sees it: %s as %s', async (address, host) => {
    for (const site of [undefined, 'none', 'same-origin']) {
      const headers = { 'x-test-address': address, host, ...(site && { 'sec-fetch-site': site }) }
      expect((await ask('/dev/mail', { headers })).status).toBe(200)
    }
  })

  it.each(['none', 'http', 'smtp'])('with MAIL_PROVIDER=%s there is none', async (provider) => {
    const app = await t.beside({
      env: {
        ...{ MAIL_PROVIDER: provider, MAIL_FROM: 'us@example.org', PUBLIC_URL },
        ...(provider === 'http' && { MAIL_API_KEY: 're_0123456789abcdef' }),
        ...(provider === 'smtp' && { SMTP_URL: 'smtp://u:p@127.0.0.1:2525' }),
      },
    })
    await expectNothingThere({}, app)
  })
})

describe('DELETE /dev/mail', () => {
  it('removes the mails to an address, and leaves others and what is not sent yet', async () => {
    const [person, other] = [await signUpWithoutMail(t), await signUpWithoutMail(t)]
    for (const name of ['verify_email', 'reset_password'] as const) {
      await keptMail(t, person, name)
      await keptMail(t, other, name)
    }
    const due = await keptMail(t, person, 'account_deleted', { sentAt: 'null' })
    const path = `/dev/mail?to=${person.email.toUpperCase()}`
    for (const site of ['none', 'cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' }
      await expectProblem(await ask(path, { method: 'DELETE', headers }), 'not_found')
    }
    expect(await inbox(person.email)).toHaveLength(2)
    const emptied = await ask(path, { method: 'DELETE' })
    expect([emptied.status, await emptied.text()]).toEqual([204, ''])
    expect(await inbox(person.email)).toEqual([])
    expect(await inbox(other.email)).toHaveLength(2)
    expect(
      await t.column(`select id::text from edge_auth.outbox where id = ${quoted(due.id)}`),
    ).toEqual([due.id])
    expect((await ask(path, { method: 'DELETE' })).status).toBe(204)
  })

  it('another method is refused, and those there are are named', async () => {
    const { status, headers } = await ask('/dev/mail', { method: 'PUT' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE, OPTIONS'])
  })
})
