import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'

type Variables = Record<string, string>

const GOOD = { JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789' }
const factors = (variables: Variables) => parseConfig({ ...GOOD, ...variables }).factors

/** What a refusal says, which must never show a value. */
function refusalOf(variables: Variables): string {
  try {
    factors(variables)
  } catch (error) {
    const { message } = error as Error
    const keys = variables.ENCRYPTION_KEYS
    if (keys) expect(message).not.toContain(keys)
    return message
  }
  return ''
}

const key = () => Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64')

it('nothing is asked for, sealed by keys of its own or possible with passkeys by default', () => {
  expect(factors({})).toEqual({
    requireMfa: 'off',
    hasLoginCodes: false,
    webauthn: undefined,
    encryptionKeys: [],
  })
})

describe('REQUIRE_MFA', () => {
  it.each(['off', 'admins', 'all'])('may be %s', (policy) => {
    expect(factors({ REQUIRE_MFA: policy }).requireMfa).toBe(policy)
  })

  it.each(['true', 'Admins', 'admin', 'on', 'none'])('may not be %s', (policy) => {
    expect(refusalOf({ REQUIRE_MFA: policy })).toContain(
      'REQUIRE_MFA: must be one of off, admins, all',
    )
  })
})

describe('LOGIN_CODES', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
  ])('may be %s', (value, isOn) => {
    expect(factors({ LOGIN_CODES: value, MAIL_PROVIDER: 'mailbox' }).hasLoginCodes).toBe(isOn)
  })

  it('may not be anything else', () => {
    expect(refusalOf({ LOGIN_CODES: 'on' })).toContain('LOGIN_CODES: must be true or false')
  })
})

describe('where passkeys are used', () => {
  const APP = 'https://app.example.org'
  it.each<[Variables, string, string[]]>([
    [{ APP_BASE_URL: `${APP}/path` }, 'app.example.org', [APP]],
    [{ PUBLIC_URL: 'https://auth.example.org' }, 'auth.example.org', ['https://auth.example.org']],
    [{ PUBLIC_URL: 'https://auth.example.org', APP_BASE_URL: APP }, 'app.example.org', [APP]],
    [{ APP_BASE_URL: APP, WEBAUTHN_RP_ID: 'example.org' }, 'example.org', [APP]],
    [
      { WEBAUTHN_RP_ID: 'example.org', WEBAUTHN_ORIGINS: `${APP}, https://example.org:8443` },
      'example.org',
      [APP, 'https://example.org:8443'],
    ],
    [
      { WEBAUTHN_RP_ID: 'localhost', WEBAUTHN_ORIGINS: 'http://localhost:*' },
      'localhost',
      ['http://localhost:*'],
    ],
  ])('%j', (variables, rpId, origins) => {
    expect(factors(variables).webauthn).toEqual({ rpId, origins })
  })

  it('is unknown where a domain is given and no origin, or the other way round', () => {
    expect(factors({ WEBAUTHN_RP_ID: 'example.org' }).webauthn).toBeUndefined()
    expect(factors({ WEBAUTHN_ORIGINS: APP }).webauthn).toBeUndefined()
  })

  it.each(['https://example.org', 'example.org:443', 'Example.org', 'org', 'example.org/', '-'])(
    'WEBAUTHN_RP_ID may not be %j',
    (rpId) => {
      expect(refusalOf({ WEBAUTHN_RP_ID: rpId, WEBAUTHN_ORIGINS: APP })).toContain(
        'WEBAUTHN_RP_ID: must be a domain',
      )
    },
  )

  it.each([
    'http://app.example.org',
    'app.example.org',
    'https://app.example.org/',
    'https://app.example.org/path',
    'https://*.example.org',
    'https://app.example.org:*',
    'http://localhost.example.org',
    `${APP},,`,
    '*',
  ])('WEBAUTHN_ORIGINS may not be %j', (origins) => {
    const variables = { WEBAUTHN_RP_ID: 'example.org', WEBAUTHN_ORIGINS: origins }
    expect(refusalOf(variables)).toContain('WEBAUTHN_ORIGINS: must be a comma-separated list')
  })

  it.each<[Variables]>([
    [{ WEBAUTHN_RP_ID: 'example.org', WEBAUTHN_ORIGINS: 'https://example.com' }],
    [{ WEBAUTHN_RP_ID: 'example.org', WEBAUTHN_ORIGINS: `${APP},https://example.com` }],
    [{ WEBAUTHN_RP_ID: 'example.org', WEBAUTHN_ORIGINS: 'https://badexample.org' }],
    [{ WEBAUTHN_RP_ID: 'app.example.org', WEBAUTHN_ORIGINS: 'https://example.org' }],
    [{ WEBAUTHN_RP_ID: 'example.com', APP_BASE_URL: APP }],
    [{ APP_BASE_URL: APP, WEBAUTHN_ORIGINS: 'https://example.org' }],
  ])('an origin of another domain is refused: %j', (variables) => {
    expect(refusalOf(variables)).toContain('WEBAUTHN_ORIGINS: has an origin that is not of')
  })
})

describe('ENCRYPTION_KEYS', () => {
  it('are one or several, of which the first seals', () => {
    const [first, second] = [key(), key()]
    expect(factors({ ENCRYPTION_KEYS: first }).encryptionKeys).toEqual([first])
    expect(factors({ ENCRYPTION_KEYS: `${first}, ${second}` }).encryptionKeys).toEqual([
      first,
      second,
    ])
  })

  it.each<[string, () => string]>([
    ['short', () => key().slice(0, 31)],
    ['short beside a good one', () => `${key()},${key().slice(0, 31)}`],
    ['missing between commas', () => `${key()},`],
  ])('one that is %s is refused', (_, keys) => {
    expect(refusalOf({ ENCRYPTION_KEYS: keys() })).toContain('has a key that is too short')
  })

  it.each<[string, () => string]>([
    ['repeats itself', () => 'a'.repeat(64)],
    ['is typed along the keyboard', () => 'qwertyuiopasdfghjklzxcvbnm1234567890'],
    ['is guessable beside a good one', () => `${key()},${'0123456789'.repeat(5)}`],
  ])('one that %s is refused', (_, keys) => {
    expect(refusalOf({ ENCRYPTION_KEYS: keys() })).toContain('ENCRYPTION_KEYS: can be guessed')
  })

  it('one that is still a placeholder is refused', () => {
    const refusal = refusalOf({ ENCRYPTION_KEYS: `change-me-${key()}` })
    expect(refusal).toContain('ENCRYPTION_KEYS: is still a placeholder')
  })
})
