import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { configWarnings } from '../../src/config/warnings.ts'
import { refuseDomain } from '../../src/core/accounts/mail-domains.ts'
import { mailbox } from '../../src/utils/identifiers.ts'

type Variables = Record<string, string>

const GOOD = { JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789' }
const KEY = '0x4AAAAAAABkMYinukE8nzY0a1b2c3d4'
const FOR_TESTS = '1x0000000000000000000000000000000AA'
const config = (variables: Variables) => parseConfig({ ...GOOD, ...variables })

/** What a refusal says, which must never show the key. */
function refusalOf(variables: Variables): string {
  try {
    config(variables)
  } catch (error) {
    const { message } = error as Error
    expect(message).not.toContain(KEY)
    return message
  }
  return ''
}

describe('SIGNUP', () => {
  it.each(['open', 'invite', 'closed'])('may be %s', (mode) => {
    expect(config({ SIGNUP: mode }).signup.mode).toBe(mode)
  })

  it.each(['Open', 'true', 'off', 'toString'])('may not be %s', (mode) => {
    expect(refusalOf({ SIGNUP: mode })).toContain('SIGNUP: must be one of open, invite, closed')
  })
})

describe('a list of domains', () => {
  it.each<[string, string[]]>([
    ['example.org', ['example.org']],
    [' Example.ORG ,, mail.example.com,', ['example.org', 'mail.example.com']],
    ['a.example,\n  c.example\n', ['a.example', 'c.example']],
    ['bücher.example', ['xn--bcher-kva.example']],
    ['XN--BCHER-KVA.example', ['xn--bcher-kva.example']],
    ['ｅｘａｍｐｌｅ.org', ['example.org']],
    ['edu', ['edu']],
  ])('%j is %j', (list, domains) => {
    expect(config({ SIGNUP_ALLOWED_DOMAINS: list }).signup.domains.allowed).toEqual(domains)
    expect(config({ SIGNUP_BLOCKED_DOMAINS: list }).signup.domains.blocked).toEqual(domains)
  })

  it.each([
    '@example.org',
    'ada@example.org',
    '*.example.org',
    '.example.org',
    'example.org.',
    'example..org',
    'https://example.org',
    'example.org:25',
    'exa mple.org',
    '127.0.0.1',
    '[::1]',
    'example.org,-',
    'a.example\nb.example',
  ])('may not hold %s', (list) => {
    for (const name of ['SIGNUP_ALLOWED_DOMAINS', 'SIGNUP_BLOCKED_DOMAINS']) {
      expect(refusalOf({ [name]: list })).toContain(`${name}: must be a comma-separated list`)
    }
  })

  it('must not be at odds with the other', () => {
    const both = {
      SIGNUP_ALLOWED_DOMAINS: 'a.example,B.example',
      SIGNUP_BLOCKED_DOMAINS: 'b.example',
    }
    expect(refusalOf(both)).toContain('SIGNUP_BLOCKED_DOMAINS: names a domain that')
    const part = { SIGNUP_ALLOWED_DOMAINS: 'a.example', SIGNUP_BLOCKED_DOMAINS: 'b.a.example' }
    expect(config(part).signup.domains).toEqual({
      allowed: ['a.example'],
      blocked: ['b.a.example'],
    })
    const faulty = { SIGNUP_ALLOWED_DOMAINS: '@', SIGNUP_BLOCKED_DOMAINS: 'b.example' }
    expect(refusalOf(faulty)).toContain('SIGNUP_ALLOWED_DOMAINS: must be')
  })
})

describe('an email', () => {
  const isRefused = (lists: { allowed?: string; blocked?: string }, typed: string) => {
    const { domains } = config({
      SIGNUP_ALLOWED_DOMAINS: lists.allowed ?? '',
      SIGNUP_BLOCKED_DOMAINS: lists.blocked ?? '',
    }).signup
    const email = mailbox(typed) ?? ''
    expect(email).not.toBe('')
    const refused = refuseDomain(domains, '/email', email)
    if (refused) expect(refused).toMatchObject({ pointer: '/email', code: 'domain_not_allowed' })
    return refused !== undefined
  }

  it.each([
    'ada@example.org',
    'ada@EXAMPLE.org',
    'ada@mail.example.org',
    'ada@a.b.Example.Org',
    'ada@ｅｘａｍｐｌｅ.org',
    'ada@xn--bcher-kva.example',
    'ada@BÜCHER.example',
  ])('%s is of a domain that is named', (email) => {
    const lists = 'example.org,bücher.example'
    expect(isRefused({ blocked: lists }, email)).toBe(true)
    expect(isRefused({ allowed: lists }, email)).toBe(false)
  })

  it.each(
    [
      'ada@badexample.org',
      'ada@example.org.evil.com',
      'ada@example.com',
      'example.org@evil.com',
      'ada@bucher.example',
      'ada@org',
    ].filter((email) => mailbox(email) !== undefined),
  )('%s is not', (email) => {
    const lists = 'example.org,bücher.example'
    expect(isRefused({ blocked: lists }, email)).toBe(false)
    expect(isRefused({ allowed: lists }, email)).toBe(true)
  })

  it('of a part of a domain may be refused', () => {
    const lists = { allowed: 'example.org', blocked: 'students.example.org' }
    expect(isRefused(lists, 'ada@example.org')).toBe(false)
    expect(isRefused(lists, 'ada@staff.example.org')).toBe(false)
    expect(isRefused(lists, 'ada@students.example.org')).toBe(true)
    expect(isRefused(lists, 'ada@x.students.example.org')).toBe(true)
  })

  it('is of any domain where none is named', () => {
    expect(isRefused({}, 'ada@example.org')).toBe(false)
  })
})

describe('TURNSTILE_SECRET_KEY', () => {
  it('is asked about at Cloudflare, or elsewhere', () => {
    const url = 'https://challenges.cloudflare.com/turnstile/v0/siteverify'
    expect(config({ TURNSTILE_SECRET_KEY: KEY }).turnstile).toEqual({ secretKey: KEY, url })
    const elsewhere = { TURNSTILE_SECRET_KEY: KEY, TURNSTILE_URL: 'https://example.org/check' }
    expect(config(elsewhere).turnstile.url).toBe('https://example.org/check')
    expect(config({}).turnstile).toEqual({ secretKey: undefined, url })
  })

  it.each([
    ['TURNSTILE_SECRET_KEY', 'short'],
    ['TURNSTILE_SECRET_KEY', 'your-secret-key-of-turnstile'],
    ['TURNSTILE_SECRET_KEY', '0x4AAAAAAAxxxxxxxxxxxxxxxxxxx'],
    ['TURNSTILE_SECRET_KEY', `${KEY} and more`],
    ['TURNSTILE_SECRET_KEY', `${KEY}ü`],
    ['TURNSTILE_URL', 'http://example.org/siteverify'],
    ['TURNSTILE_URL', 'https://key@example.org/siteverify'],
    ['TURNSTILE_URL', 'siteverify'],
  ])('%s must not be %s', (name, value) => {
    expect(refusalOf({ [name]: value })).toContain(`${name}: `)
  })

  it('of tests is refused in production, and doubted elsewhere', () => {
    const environment = { ...GOOD, TURNSTILE_SECRET_KEY: FOR_TESTS }
    expect(refusalOf({ ...environment, NODE_ENV: 'production' })).toContain('keys for tests')
    const doubts = (given: Variables) => configWarnings(parseConfig(given), given).join('\n')
    expect(doubts(environment)).toContain('TURNSTILE_SECRET_KEY: is one of the keys for tests')
    expect(doubts({ ...GOOD, TURNSTILE_SECRET_KEY: KEY })).not.toContain('TURNSTILE_SECRET_KEY')
    expect(refusalOf({ ...environment, TURNSTILE_SECRET_KEY: KEY, NODE_ENV: 'production' })).toBe(
      '',
    )
  })
})
