import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSmtpMailer } from '../../src/adapters/mailer-smtp-node.ts'
import { selfSigned } from '../support/certificate.ts'
import { answers, startMailApi, startSmtpServer } from '../support/mail-servers.ts'
import { FROM, failureOf, someMail } from '../support/mailer.ts'

type Sending = { url: string; trusting?: string; env?: Record<string, string> }
type SmtpServer = Awaited<ReturnType<typeof startSmtpServer>>

/** No test waits for it but those of servers that say nothing. */
const PATIENT = { from: FROM, deadlineMilliseconds: 60_000 }
const HASTY = { from: FROM, deadlineMilliseconds: 300 }
const MAILER = resolve('src/adapters/mailer-smtp-node.ts')
/** Another name of this machine, which the mailer takes for a server elsewhere. */
const elsewhere = (url: string) => url.replace('localhost', '0.0.0.0')

describe('a mail by SMTP', () => {
  let smtp: SmtpServer
  beforeAll(async () => {
    smtp = await startSmtpServer()
  })
  afterAll(() => smtp.close())
  afterEach(() => smtp.behave('accept'))
  const received = async (mail: ReturnType<typeof someMail>, from: typeof FROM = FROM) => {
    const before = smtp.mails.length
    await createSmtpMailer({ ...PATIENT, url: smtp.url, from }).send(mail)
    expect(smtp.mails).toHaveLength(before + 1)
    const last = smtp.mails[before]
    if (!last) throw new Error('nothing was received')
    return last
  }

  it('arrives with both bodies, and says that a program sent it', async () => {
    const mail = someMail()
    const { from, to, message } = await received(mail)
    expect({ from, to }).toEqual({ from: 'no-reply@example.org', to: ['ada@example.org'] })
    expect(message).toMatchObject({
      from: FROM,
      to: [{ address: 'ada@example.org', name: '' }],
      subject: mail.subject,
      messageId: `<${mail.id}@example.org>`,
    })
    expect(message.text?.trim()).toBe(mail.text.trim())
    expect(message.html?.trim()).toBe(mail.html)
    const headers = Object.fromEntries(message.headers.map(({ key, value }) => [key, value]))
    expect(headers['auto-submitted']).toBe('auto-generated')
    expect(Object.keys(headers)).not.toContain('x-mailer')
    expect(message.attachments).toEqual([])
  })

  it.each([
    ['subject', { subject: 'Hello\r\nBcc: eve@example.org\r\n\r\n<p>mine</p>' }],
    ['subject', { subject: 'Hello\nBcc: eve@example.org' }],
    ['subject', { subject: 'Hello\u2028Bcc: eve@example.org\u0000\u0085' }],
    ['text', { text: 'Hello\r\n.\r\nMAIL FROM:<eve@example.org>\r\nBcc: eve@example.org\r\n' }],
    ['html', { html: '<p>Hello\r\n.\r\nRCPT TO:<eve@example.org>\r\nBcc: eve@example.org</p>' }],
  ])('has one recipient, whatever its %s says', async (_field, change) => {
    const { to, message } = await received(someMail(change))
    expect(to).toEqual(['ada@example.org'])
    expect(message.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(message.headers.filter(({ key }) => key === 'subject')).toHaveLength(1)
    expect(message.subject).toMatch(/^(Hello( Bcc: eve@example.org.*)?|Verify your address)$/)
    expect(message.subject).not.toMatch(/\p{Cc}|[\u2028\u2029]/u)
  })

  it.each([
    'Verify \u202etxt.exe\u202c, \u200frtl',
    'Größe \u{1f469}\u200d\u{1f4bb} <script>alert(1)</script>',
    'A "quoted", one; =?utf-8?q?encoded?= \\',
  ])('keeps the subject %j to what is seen', async (subject) => {
    const { message } = await received(someMail({ subject }))
    expect(message.subject).toBe(subject.replaceAll(/\p{Cf}/gu, ''))
  })

  it.each(['Example, Inc. "X" <eve@example.org>', 'Größe & Söhne, GmbH', "a'b\\c"])(
    'is from %s',
    async (name) => {
      const { from, message } = await received(someMail(), { ...FROM, name })
      expect(from).toBe(FROM.address)
      expect(message.from).toEqual({ name, address: FROM.address })
    },
  )

  it.each([
    'ada@example.org, eve@example.org',
    'ada@example.org\r\nRCPT TO:<eve@example.org>',
    'Ada <ada@example.org>',
    '<ada@example.org> eve@example.org',
    '"ada@example.org"@eve.example',
    '',
  ])('to %j is not sent', async (to) => {
    const before = smtp.attempts()
    const mailer = createSmtpMailer({ ...PATIENT, url: smtp.url })
    const { code } = await failureOf(mailer.send(someMail({ to })))
    expect([code, smtp.attempts()]).toEqual(['RECIPIENT_INVALID', before])
  })

  it('reads no file and no page, whatever its body is', async () => {
    const site = await startMailApi()
    await site.behave(answers.html)
    const before = smtp.mails.length
    const mailer = createSmtpMailer({ ...PATIENT, url: smtp.url })
    for (const html of [{ path: 'package.json' }, { href: site.url }]) {
      await failureOf(mailer.send(someMail({ html: html as never })))
    }
    expect([smtp.mails.length, site.attempts()]).toEqual([before, 0])
    await site.close()
  })

  it('whose id is none begins no header', async () => {
    const mailer = createSmtpMailer({ ...PATIENT, url: smtp.url })
    const { code } = await failureOf(mailer.send(someMail({ id: 'a>\r\nBcc: eve@example.org' })))
    expect(code).toBe('ID_INVALID')
  })

  it.each([
    [421, 'SMTP_421'],
    [451, 'SMTP_451'],
    [550, 'SMTP_550'],
    ['refuse', expect.stringMatching(/^(ECONNECTION|ECONNREFUSED|ESOCKET)$/)],
  ] as const)('that is answered %s fails, and arrives later', async (behaviour, code) => {
    await smtp.behave(behaviour)
    const [mail, before] = [someMail(), smtp.mails.length]
    const mailer = createSmtpMailer({ ...PATIENT, url: smtp.url })
    expect((await failureOf(mailer.send(mail))).code).toEqual(code)
    expect(smtp.mails).toHaveLength(before)
    await smtp.behave('accept')
    await mailer.send(mail)
    expect(smtp.mails.slice(before).map(({ message }) => message.messageId)).toEqual([
      `<${mail.id}@example.org>`,
    ])
  })

  it('whose answer is lost is the same mail when it is sent again', async () => {
    await smtp.behave('cut')
    const [mail, before] = [someMail(), smtp.inbox().length]
    const mailer = createSmtpMailer({ ...PATIENT, url: smtp.url })
    await failureOf(mailer.send(mail))
    await smtp.behave('accept')
    await mailer.send(mail)
    const ids = smtp.mails.slice(-2).map(({ message }) => message.messageId)
    expect(ids).toEqual([`<${mail.id}@example.org>`, `<${mail.id}@example.org>`])
    expect(smtp.inbox()).toHaveLength(before + 1)
  })

  it('is given up when the server says nothing', async () => {
    await smtp.behave('hang')
    const mailer = createSmtpMailer({ ...HASTY, url: smtp.url })
    expect((await failureOf(mailer.send(someMail()))).code).toBe('TIMEOUT')
  })
})

it('a server that never comes to an end is hung up on', async () => {
  const closed = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const server = createServer((socket: Socket) => {
    socket.write('220 Welcome\r\n')
    socket.once('data', () => {
      timer = setInterval(() => socket.write('250-Well\r\n'), 20)
    })
    socket.on('error', () => {}).on('close', () => closed.resolve())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const mailer = createSmtpMailer({ ...HASTY, url: `smtp://127.0.0.1:${port}` })
  expect((await failureOf(mailer.send(someMail()))).code).toBe('TIMEOUT')
  await closed.promise
  clearInterval(timer)
  server.close()
})

describe('a server elsewhere', () => {
  const certificate = selfSigned()
  const login = { user: 'mailer@example.org', password: 'hunter2 & more/%' }
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-mailer-'))
  const authority = join(folder, 'authority.pem')
  let smtp: SmtpServer
  beforeAll(() => writeFileSync(authority, certificate.cert))
  afterEach(() => smtp.close())
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Sends a mail from a process of its own, for Node reads at its start whom it trusts. */
  async function sent({ url, trusting = '', env = {} }: Sending): Promise<string> {
    const options = { from: FROM, url: elsewhere(url) }
    const script = `
      const { createSmtpMailer } = await import(${JSON.stringify(MAILER)})
      const mailer = createSmtpMailer(${JSON.stringify(options)})
      await mailer.send(${JSON.stringify(someMail())}).then(
        () => console.log('sent'),
        (error) => console.log(error.code),
      )`
    return run(script, { NODE_EXTRA_CA_CERTS: trusting, ...env })
  }

  it.each([false, true])(
    'gets mails and log-in encrypted (TLS from the start: %s)',
    async (tlsFromStart) => {
      smtp = await startSmtpServer({ certificate, login, tlsFromStart })
      expect(await sent({ url: smtp.url, trusting: authority })).toBe('sent')
      expect(smtp.mails).toMatchObject([{ isEncrypted: true, user: login.user }])
    },
  )

  it.each([false, true])(
    'gets none where nobody vouches for its certificate (TLS from the start: %s)',
    async (tlsFromStart) => {
      smtp = await startSmtpServer({ certificate, login, tlsFromStart })
      expect(await sent({ url: smtp.url })).toMatch(/^(ETLS|ESOCKET)$/)
      const lax = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
      expect(await sent({ url: smtp.url, env: lax })).toMatch(/^(ETLS|ESOCKET)$/)
      expect([smtp.attempts(), smtp.logins(), smtp.mails]).toEqual([2, 0, []])
    },
  )

  it('gets none, and no password, where it offers no TLS', async () => {
    smtp = await startSmtpServer({ login })
    expect(await sent({ url: smtp.url, trusting: authority })).toMatch(/^(ETLS|SMTP_5\d\d)$/)
    expect([smtp.attempts(), smtp.logins(), smtp.mails]).toEqual([1, 0, []])
  })

  it('refuses a wrong password', async () => {
    smtp = await startSmtpServer({ certificate, login })
    const url = smtp.url.replace('hunter2', 'hunter3')
    expect(await sent({ url, trusting: authority })).toBe('SMTP_535')
    expect([smtp.logins(), smtp.mails]).toEqual([1, []])
  })
})

describe('a server on this machine', () => {
  let smtp: SmtpServer
  beforeEach(async () => {
    // Nobody vouches for this certificate either.
    smtp = await startSmtpServer({ certificate: selfSigned() })
  })
  afterEach(() => smtp.close())

  it('gets mails as they are', async () => {
    await createSmtpMailer({ ...PATIENT, url: smtp.url }).send(someMail())
    expect(smtp.mails).toMatchObject([{ isEncrypted: false }])
  })
})

it('is loaded by the first mail, not by the start', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context) } })
    const { createSmtpMailer } = await import(${JSON.stringify(MAILER)})
    const mailer = createSmtpMailer({ url: 'smtp://127.0.0.1:1', from: { address: 'a@example.org' } })
    const before = loaded.includes('nodemailer')
    const mail = { id: 'x', to: 'a@example.org', subject: '', html: '', text: '' }
    await mailer.send(mail).catch(() => {})
    console.log(before, loaded.includes('nodemailer'))`
  expect(await run(script)).toBe('false true')
})

/** What a script prints, in a process of its own. */
async function run(script: string, env: Record<string, string> = {}): Promise<string> {
  const args = ['--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...env },
  })
  return stdout.trim()
}
