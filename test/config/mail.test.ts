import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { withDevelopmentMailbox } from '../../src/config/mail.ts'
import { configWarnings } from '../../src/config/warnings.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { readSmtpUrl } from '../../src/utils/smtp-url.ts'
import { startNode } from '../support/node-process.ts'

type Variables = Record<string, string>

const GOOD = { JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789' }
const WHERE = { MAIL_FROM: 'mailer@example.org', PUBLIC_URL: 'https://login.example.org' }
const KEY = 're_8Hn2kQ9vLmTzXw4c'
const BY_HTTP = { ...GOOD, ...WHERE, MAIL_API_KEY: KEY }
const SMTP_URL = 'smtp://mailer:hunter2@smtp.example.org:587'

/** The names of the variables that a refusal names. Fails if it shows the value of one of the mail's. */
function named(environment: Variables): string[] {
  try {
    parseConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { message } = error as ConfigError
    expect(message).not.toMatch(/hunter2|re_8Hn/)
    for (const name of ['MAIL_FROM', 'PUBLIC_URL', 'APP_BASE_URL', 'MAIL_API_URL']) {
      const value = environment[name]
      if (value && value.length > 8) expect(message).not.toContain(value)
    }
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(':')[0] ?? '')
  }
  return []
}
const mail = (environment: Variables) => parseConfig({ ...GOOD, ...environment }).mail

describe('the provider', () => {
  it.each<[Variables, string]>([
    [{}, 'none'],
    [{ MAIL_API_KEY: KEY, ...WHERE }, 'http'],
    [{ SMTP_URL, ...WHERE }, 'smtp'],
    [{ SMTP_URL, MAIL_API_KEY: KEY, ...WHERE }, 'http'],
    [{ SMTP_URL, MAIL_API_KEY: KEY, MAIL_PROVIDER: 'smtp', ...WHERE }, 'smtp'],
    [{ MAIL_PROVIDER: 'cloudflare', ...WHERE }, 'cloudflare'],
    [{ MAIL_API_KEY: KEY, MAIL_PROVIDER: 'none' }, 'none'],
    [{ MAIL_PROVIDER: 'mailbox' }, 'mailbox'],
    [{ MAIL_PROVIDER: 'mailbox', PUBLIC_URL: 'http://localhost:8787' }, 'mailbox'],
  ])('of %j is %s', (environment, provider) => {
    expect(mail(environment).provider).toBe(provider)
  })

  it.each<[Variables, string[]]>([
    [{ MAIL_PROVIDER: 'resend' }, ['MAIL_PROVIDER']],
    [{ MAIL_PROVIDER: 'http', ...WHERE }, ['MAIL_API_KEY']],
    [{ MAIL_PROVIDER: 'smtp', ...WHERE }, ['SMTP_URL']],
    [{ MAIL_PROVIDER: 'smtp', MAIL_API_KEY: KEY, ...WHERE }, ['SMTP_URL']],
    [{ MAIL_PROVIDER: 'cloudflare' }, ['MAIL_FROM', 'PUBLIC_URL']],
    [{ MAIL_API_KEY: KEY }, ['MAIL_FROM', 'PUBLIC_URL']],
    [{ SMTP_URL, MAIL_FROM: 'a@example.org' }, ['PUBLIC_URL']],
    [{ SMTP_URL, PUBLIC_URL: 'https://login.example.org' }, ['MAIL_FROM']],
    [{ REQUIRE_VERIFIED_EMAIL: 'true' }, ['REQUIRE_VERIFIED_EMAIL']],
    [{ REQUIRE_VERIFIED_EMAIL: 'true', MAIL_PROVIDER: 'none' }, ['REQUIRE_VERIFIED_EMAIL']],
    [{ MAIL_PROVIDER: 'mailbox', NODE_ENV: 'production' }, ['MAIL_PROVIDER']],
    [{ MAIL_PROVIDER: 'mailbox', PUBLIC_URL: 'https://login.example.org' }, ['MAIL_PROVIDER']],
    [{ MAIL_PROVIDER: 'mailbox', APP_BASE_URL: 'https://app.example.org' }, ['MAIL_PROVIDER']],
  ])('%j names %j', (environment, names) => {
    expect(named({ ...GOOD, ...environment })).toEqual(names)
  })

  it('sends links to the app alone, if that is all it knows', () => {
    const environment = { ...BY_HTTP, PUBLIC_URL: '', APP_BASE_URL: 'https://app.example.org' }
    const { links } = parseConfig(environment)
    expect(links).toEqual({ publicUrl: undefined, appBaseUrl: 'https://app.example.org' })
  })

  it('may hold back whoever has not verified an address', () => {
    const { requiresVerifiedEmail } = mail({ REQUIRE_VERIFIED_EMAIL: 'true', ...BY_HTTP })
    expect(requiresVerifiedEmail).toBe(true)
    expect(mail(BY_HTTP)).toMatchObject({ requiresVerifiedEmail: false, language: 'en' })
  })
})

describe('MAIL_FROM', () => {
  it.each<[string, { name?: string; address: string }]>([
    ['mailer@example.org', { address: 'mailer@example.org' }],
    ['<mailer@example.org>', { address: 'mailer@example.org' }],
    ['Example App <a+b@example.org>', { name: 'Example App', address: 'a+b@example.org' }],
    [
      '"Example, Inc. \\"X\\"" <a@example.org>',
      { name: 'Example, Inc. "X"', address: 'a@example.org' },
    ],
    [
      'Größe & Söhne <a@bücher.example>',
      { name: 'Größe & Söhne', address: 'a@xn--bcher-kva.example' },
    ],
  ])('%s', (MAIL_FROM, from) => {
    expect(mail({ ...BY_HTTP, MAIL_FROM }).from).toEqual(from)
  })

  it.each([
    ...['no-reply', 'a@localhost', 'a@example.org, b@example.org', 'a@example.org b@example.org'],
    ...[
      'A <a@example.org>, B <b@example.org>',
      'Example, Inc. <a@example.org>',
      'A <a@b <c@d.org>',
    ],
    ...[
      '"A <a@example.org>',
      'A" <a@example.org>',
      'A <>',
      'A <a@example.org> B',
      'group: a@example.org;',
    ],
    ...['A\r\nBcc: b@example.org <a@example.org>', 'A\u202eB <a@example.org>', 'a@exam\nple.org'],
    `${'A'.repeat(500)} <a@example.org>`,
  ])('%j is refused', (MAIL_FROM) => {
    expect(new Set(named({ ...BY_HTTP, MAIL_FROM }))).toEqual(new Set(['MAIL_FROM']))
  })
})

describe('secrets', () => {
  it.each<[string, string]>([
    ['MAIL_API_KEY', 're_xxxxxxxxx'],
    ['MAIL_API_KEY', 'your-api-key'],
    ['MAIL_API_KEY', 'change-me'],
    ['MAIL_API_KEY', 'two words'],
    ['MAIL_API_KEY', 'clé'],
    ['SMTP_URL', 'smtp://user:password@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer:change-me@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer@smtp.example.org'],
    ['SMTP_URL', 'smtp://:hunter2@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer:hunter2%0d%0aQUIT@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer:hunter2%00@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer:hunter2%ZZ@smtp.example.org'],
    ['SMTP_URL', 'smtp://mailer:hunter2@smtp.example.org/?tls.rejectUnauthorized=false'],
    ['SMTP_URL', 'smtp://mailer:hunter2@smtp.example.org?ignoreTLS=true'],
    ['SMTP_URL', 'smtp://mailer:hunter2@smtp.example.org/path'],
    ['SMTP_URL', 'smtp://mailer:hunter2@smtp.example.org:0'],
    ['SMTP_URL', 'smtp://mailer:hunter2@one,two'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'https://mailer:hunter2@smtp.example.org'],
    ['SMTP_URL', 'smtp.example.org'],
  ])('%s=%s is refused', (name, value) => {
    expect(new Set(named({ ...GOOD, ...WHERE, [name]: value }))).toEqual(new Set([name]))
  })

  it.each<[string, ReturnType<typeof readSmtpUrl>]>([
    [
      'smtp://mailer:p%40ss@smtp.example.org',
      {
        ...{ host: 'smtp.example.org', port: 587, isTlsFromStart: false, isLoopback: false },
        login: { user: 'mailer', password: 'p@ss' },
      },
    ],
    [
      'smtps://smtp.example.org',
      {
        ...{ host: 'smtp.example.org', port: 465, isTlsFromStart: true, isLoopback: false },
        login: undefined,
      },
    ],
    [
      'smtp://[::1]:1025/',
      { host: '::1', port: 1025, isTlsFromStart: false, isLoopback: true, login: undefined },
    ],
  ])('%s is read', (url, server) => {
    expect(readSmtpUrl(url)).toEqual(server)
  })

  it.each(['localhost.example.org', '127.example.org', '128.0.0.1', 'localhosts'])(
    '%s is not this machine',
    (host) => {
      expect(readSmtpUrl(`smtp://${host}`)?.isLoopback).toBe(false)
    },
  )
})

describe.each(['PUBLIC_URL', 'APP_BASE_URL', 'MAIL_API_URL'])('%s', (name) => {
  const read = (value: string) => {
    const { links, mail: settings } = parseConfig({ ...BY_HTTP, [name]: value })
    return {
      PUBLIC_URL: links.publicUrl,
      APP_BASE_URL: links.appBaseUrl,
      MAIL_API_URL: settings.api.url,
    }[name]
  }

  it.each([
    ['https://login.example.org/', 'https://login.example.org'],
    ['https://LOGIN.example.org:443/a/b//', 'https://login.example.org/a/b'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://auth.localhost', 'http://auth.localhost'],
    ['http://127.0.0.1:8000/x', 'http://127.0.0.1:8000/x'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('%s is %s', (given, kept) => {
    expect(read(given)).toBe(kept)
  })

  it.each([
    ...['http://login.example.org', 'http://localhost.example.org', 'http://192.168.0.2:8000'],
    ...[
      'ftp://login.example.org',
      'login.example.org',
      '//login.example.org',
      'javascript:alert(1)',
    ],
    ...[
      'https://login.example.org?',
      'https://login.example.org/#',
      'https://login.example.org/?a=b',
    ],
    ...['https://user@login.example.org', 'https://a:b@login.example.org', 'https://'],
    ...[
      'https://login.example.org/a b',
      'https:\\\\login.example.org',
      `https://a.org/${'x'.repeat(500)}`,
    ],
  ])('%s is refused', (value) => {
    expect(new Set(named({ ...BY_HTTP, [name]: value }))).toEqual(new Set([name]))
  })
})

describe('the mailbox of development', () => {
  it.each<Variables>([
    {},
    { MAIL_PROVIDER: ' ', MAIL_API_KEY: '', PUBLIC_URL: '' },
    { NODE_ENV: 'development', PUBLIC_URL: 'http://localhost:8787' },
    { APP_BASE_URL: ' http://localhost:5173 ' },
  ])('is used beside %j', (given) => {
    expect(withDevelopmentMailbox(given)).toEqual({ ...given, MAIL_PROVIDER: 'mailbox' })
    expect(mail(withDevelopmentMailbox(given)).provider).toBe('mailbox')
  })

  it.each<Variables>([
    { NODE_ENV: 'production' },
    { MAIL_PROVIDER: 'none' },
    { MAIL_API_KEY: KEY },
    { SMTP_URL },
    { PUBLIC_URL: 'https://login.example.org' },
    { PUBLIC_URL: 'http://localhost:8787', APP_BASE_URL: 'https://app.example.org' },
    { PUBLIC_URL: 'no URL' },
  ])('is not beside %j', (given) => {
    expect(withDevelopmentMailbox(given)).toBe(given)
  })
})

describe('a start whose provider is in doubt', () => {
  const warned = (given: Variables) =>
    configWarnings(parseConfig(given), given).filter((line) => line.startsWith('MAIL_PROVIDER'))

  it('says once what does not work', () => {
    expect(warned(GOOD)).toEqual([expect.stringMatching(/\/auth\/password\/forgot.* 501\. /)])
    expect(warned({ ...GOOD, MAIL_PROVIDER: ' ' })).toHaveLength(1)
  })

  it('says which of two it takes, unless that was said', () => {
    const both = { ...BY_HTTP, SMTP_URL }
    expect(warned(both)).toEqual([expect.stringMatching(/MAIL_API_KEY and SMTP_URL/)])
    expect(warned({ ...both, MAIL_PROVIDER: 'smtp' })).toEqual([])
  })

  it('says nothing where that is meant, or where mails are sent', () => {
    expect(warned({ ...GOOD, MAIL_PROVIDER: 'none' })).toEqual([])
    expect(warned(BY_HTTP)).toEqual([])
    expect(warned(withDevelopmentMailbox(GOOD))).toEqual([])
  })
})

describe('a start on Node', () => {
  /** What it says of mails before it listens, in order. */
  async function said(environment: Variables) {
    const service = await startNode({
      DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none',
      ...environment,
    })
    await service.kill()
    const lines = service.output().split('\n')
    const before = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith('Listening on ')),
    )
    return { port: service.port, lines: before.filter((line) => /mail/i.test(line)) }
  }

  it('names the mailbox, where mails are kept', async () => {
    const { port, lines } = await said({})
    expect(lines).toEqual([`Mails are kept here: http://127.0.0.1:${port}/dev/mail`])
    const everywhere = await said({ HOST: '0.0.0.0' })
    expect(everywhere.lines).toEqual([
      `Mails are kept here: http://localhost:${everywhere.port}/dev/mail`,
    ])
  })

  it('names none in production, and says once that nothing is sent', async () => {
    const { lines } = await said({ NODE_ENV: 'production' })
    expect(lines).toEqual([expect.stringMatching(/^Warning: MAIL_PROVIDER: .* answer 501/)])
    expect((await said({ NODE_ENV: 'production', MAIL_PROVIDER: 'none' })).lines).toEqual([])
  })
})
