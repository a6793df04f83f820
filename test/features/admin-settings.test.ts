import { exportPKCS8, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variables } from '../../src/config/index.ts'
import { BUILT_IN } from '../../src/core/federation/names.ts'
import { LIMITS } from '../../src/core/limits/limits.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { enrolledBehindBack } from '../support/enrolled.ts'
import { newKey } from '../support/keys.ts'
import { createTestApp } from '../support/runtime.ts'

const signing = { ...(await newKey('ES256')), kid: 'signs' }
const verifying = { ...(await newKey('ES256')), kid: 'verifies' }

const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const appleKey = (await exportPKCS8(privateKey)).trim().replaceAll('\n', '\\n')
const PROVIDERS: { id: string; name: string }[] = []

type Decision = {
  /** As it stands in the environment. */
  set: string
  /** Where it is shown, and as what. Without it the value must be nowhere in the answer. */
  shown?: Record<string, unknown>
}

/** Every variable, and whether admins are shown it. One that is new has to be decided here. */
const DECISIONS: Record<string, Decision> = {
  PROJECT_NAME: { set: 'Marked Project', shown: { '/project_name': 'Marked Project' } },
  DEBUG: { set: 'true', shown: { '/debug': true } },
  DOCS: { set: 'off', shown: { '/docs': false } },
  HOST: { set: 'host.hidden.example' },
  PORT: { set: '48123' },
  DATABASE_URL: { set: 'postgres://hidden-user:hidden-word@db.hidden.example/hidden-db' },
  NEON_HTTP_ENDPOINT: { set: 'https://neon.hidden.example/sql' },
  DATABASE_SCHEMA: { set: 'hidden_schema' },
  DATABASE_POOL_SIZE: { set: '97' },
  DATABASE_POOLER: { set: 'transaction' },
  DATA_FOLDER: { set: '/hidden/folder' },
  JWT_SECRET_KEY: { set: 'a-hidden-key-xq7-that-is-used-by-nothing-0123456789' },
  JWT_KEYS: {
    set: JSON.stringify({ current: signing, previous: [verifying] }),
    shown: { '/tokens/signing_key_id': 'signs', '/tokens/other_key_ids': ['verifies'] },
  },
  JWT_ALGORITHM: { set: 'ES256', shown: { '/tokens/algorithm': 'ES256' } },
  JWT_ISSUER: { set: 'marked-issuer', shown: { '/tokens/issuer': 'marked-issuer' } },
  JWT_AUDIENCE: { set: 'marked-audience', shown: { '/tokens/audience': 'marked-audience' } },
  ACCESS_TOKEN_EXPIRE_MINUTES: { set: '11', shown: { '/tokens/access_lifetime_seconds': 660 } },
  REFRESH_TOKEN_EXPIRE_MINUTES: { set: '22', shown: { '/tokens/refresh_lifetime_seconds': 1320 } },
  SESSION_EXPIRE_MINUTES: { set: '33', shown: { '/sessions/lifetime_seconds': 1980 } },
  REFRESH_GRACE_SECONDS: { set: '7', shown: { '/sessions/refresh_grace_seconds': 7 } },
  MAX_SESSIONS_PER_USER: { set: '44', shown: { '/sessions/max_per_user': 44 } },
  PASSWORD_MIN_LENGTH: { set: '12', shown: { '/passwords/min_characters': 12 } },
  BREACH_CHECK: { set: 'off', shown: { '/passwords/breach_check': 'off' } },
  BREACH_CHECK_URL: { set: 'https://breaches.hidden.example/a-path-may-be-a-key' },
  SIGNUP: { set: 'open', shown: { '/sign_up/mode': 'open' } },
  SIGNUP_ALLOWED_DOMAINS: {
    set: 'example.org',
    shown: { '/sign_up/allowed_domains': ['example.org'] },
  },
  SIGNUP_BLOCKED_DOMAINS: {
    set: 'students.example.org',
    shown: { '/sign_up/blocked_domains': ['students.example.org'] },
  },
  METRICS_PORT: { set: '49321' },
  METRICS_HOST: { set: 'metrics.hidden.example' },
  METRICS_TOKEN: { set: 'a-hidden-token-xq9-that-is-used-by-nothing-0123456789' },
  TURNSTILE_SECRET_KEY: {
    set: '0xhidden-secret-key-of-a-widget',
    shown: { '/sign_up/turnstile': true },
  },
  TURNSTILE_SITE_KEY: { set: '0x-hidden-site-key-of-a-widget' },
  TURNSTILE_URL: { set: 'https://turnstile.hidden.example' },
  HOSTED_PAGES: { set: 'true', shown: { '/pages/hosted': true } },
  PAGES_LOGO_URL: {
    set: 'https://cdn.example.org/logo.svg',
    shown: { '/pages/logo_url': 'https://cdn.example.org/logo.svg' },
  },
  PAGES_ACCENT_COLOR: { set: '#AB12CD', shown: { '/pages/accent_color': '#ab12cd' } },
  CORS_ORIGINS: {
    set: 'https://marked.example.org',
    shown: { '/http/cors_origins': ['https://marked.example.org'] },
  },
  COOKIE_ORIGINS: {
    set: 'https://marked.example.org',
    shown: { '/http/cookie_origins': ['https://marked.example.org'] },
  },
  TRUSTED_PROXY_COUNT: { set: '3', shown: { '/http/trusted_proxy_count': 3 } },
  PUBLIC_URL: {
    set: 'https://auth.example.org/base/',
    shown: { '/links/public_url': 'https://auth.example.org/base' },
  },
  APP_BASE_URL: {
    set: 'https://app.example.org',
    shown: { '/links/app_base_url': 'https://app.example.org' },
  },
  MAIL_PROVIDER: { set: 'http', shown: { '/mail/provider': 'http' } },
  MAIL_FROM: {
    set: 'Marked App <no-reply@example.org>',
    shown: { '/mail/from_name': 'Marked App', '/mail/from_address': 'no-reply@example.org' },
  },
  MAIL_API_KEY: { set: 'hidden-key-of-the-provider' },
  MAIL_API_URL: { set: 'https://mail.hidden.example/a-path-may-be-a-key' },
  SMTP_URL: { set: 'smtps://hidden-user:hidden-word@smtp.hidden.example:465' },
  MAIL_LANGUAGE: { set: 'de', shown: { '/mail/language': 'de' } },
  REQUIRE_VERIFIED_EMAIL: { set: 'false', shown: { '/mail/requires_verified_email': false } },
  NEW_DEVICE_NOTICE: { set: 'true', shown: { '/mail/notifies_of_new_devices': true } },
  // Another would ask the admin of this test, too.
  REQUIRE_MFA: { set: 'off', shown: { '/factors/require_mfa': 'off' } },
  LOGIN_CODES: { set: 'true', shown: { '/factors/login_codes': true } },
  WEBAUTHN_RP_ID: { set: 'example.org', shown: { '/factors/webauthn_rp_id': 'example.org' } },
  WEBAUTHN_ORIGINS: {
    set: 'https://login.example.org',
    shown: { '/factors/webauthn_origins': ['https://login.example.org'] },
  },
  ENCRYPTION_KEYS: {
    set: 'a-hidden-key-wq4-that-seals-nothing-0123456789,a-hidden-key-vb8-that-sealed-nothing-987654',
  },
  OAUTH_APPLE_TEAM_ID: { set: 'HIDDENTEAM' },
  OAUTH_APPLE_KEY_ID: { set: 'HIDDENKEY1' },
  OAUTH_APPLE_PRIVATE_KEY: { set: appleKey },
  OAUTH_MICROSOFT_TENANT: { set: 'organizations' },
  OAUTH_PROVIDERS: {
    set: JSON.stringify([
      {
        ...{ id: 'marked', name: 'Marked Provider', issuer: 'https://id.hidden.example' },
        ...{ client_id: 'hidden-client', client_secret: 'hidden-secret' },
      },
    ]),
    shown: { '/federation/providers': PROVIDERS },
  },
  OAUTH_RETURN_URLS: {
    set: 'https://app.example.org/signed-in',
    shown: { '/federation/return_urls': ['https://app.example.org/signed-in'] },
  },
  OAUTH_LINKING: { set: 'automatic', shown: { '/federation/linking': 'automatic' } },
  AUDIT_RETENTION_DAYS: { set: '77', shown: { '/audit/retention_days': 77 } },
  RATE_LIMITS: {
    set: 'login_account=13/2m',
    shown: {
      '/limits': expect.arrayContaining([
        { name: 'login_account', count: 13, period_seconds: 120 },
      ]),
    },
  },
}
/** The built-in providers differ in what they need, and are shown by their names alone. */
for (const { id, name } of BUILT_IN) {
  const prefix = `OAUTH_${id.toUpperCase()}_`
  DECISIONS[`${prefix}CLIENT_ID`] = { set: `hidden-client-${id}` }
  DECISIONS[`${prefix}BASE_URL`] = { set: `https://${id}.hidden.example` }
  if (id !== 'apple') DECISIONS[`${prefix}CLIENT_SECRET`] = { set: `hidden-secret-${id}` }
  PROVIDERS.push({ id, name })
}
PROVIDERS.push({ id: 'marked', name: 'Marked Provider' })

const env = Object.fromEntries(Object.entries(DECISIONS).map(([name, { set }]) => [name, set]))
/** Whatever is hidden says so, but for the keys. */
const secrets = [
  'hidden',
  appleKey,
  ...[signing, verifying].map((key) => ('d' in key ? key.d : 'no key')),
]

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

/** The settings under an environment, as an admin sees them, and the text of the answer. */
async function shownUnder(given: Record<string, string>) {
  const there = await t.beside({ env: given })
  // Where a challenge is asked, nobody signs up without.
  const { token } = await adminOf(await t.beside({ env: { ...given, TURNSTILE_SECRET_KEY: '' } }))
  const answer = await there.get('/admin/settings', token)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const text = await answer.text()
  return { text, settings: JSON.parse(text) }
}

/** Every value that is no object of names, with its pointer. */
function leaves(value: unknown, at = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[at, value]]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${at}/${name}`))
}

describe('GET /admin/settings', () => {
  it('is decided for every variable that there is', () => {
    expect(Object.keys(DECISIONS).sort()).toEqual(Object.keys(variables).sort())
  })

  it('shows what was decided to be shown, and nothing else', async () => {
    const { settings, text } = await shownUnder(env)
    const wanted = Object.assign({}, ...Object.values(DECISIONS).map(({ shown }) => shown))
    expect(Object.fromEntries(leaves(settings))).toEqual({ ...wanted, '/version': '0.0.0-tests' })
    expect(settings.limits).toHaveLength(Object.keys(LIMITS).length)
    for (const [name, { set, shown }] of Object.entries(DECISIONS)) {
      if (!shown) expect(text, name).not.toContain(set)
    }
    for (const secret of secrets) expect(text).not.toContain(secret)
  })

  it('says who must have a second factor, to an admin who has one', async () => {
    const person = await t.signup()
    await grantRole(t, person.id, 'admin')
    const tokens = await t.login(person)
    await enrolledBehindBack(t, person, tokens)
    for (const policy of ['admins', 'all']) {
      const there = await t.beside({ env: { REQUIRE_MFA: policy } })
      const { factors } = await (await there.get('/admin/settings', tokens.access_token)).json()
      expect(factors.require_mfa).toBe(policy)
    }
  })

  it('says what is left out by default', async () => {
    const { settings } = await shownUnder({
      ...{ RATE_LIMITS: 'off', PUBLIC_URL: '', MAIL_PROVIDER: '', LOGIN_CODES: '' },
    })
    expect(settings).toMatchObject({
      limits: null,
      links: { public_url: null, app_base_url: null },
      mail: { provider: 'none', from_name: null, from_address: null },
      sign_up: { turnstile: false },
      factors: {
        ...{ require_mfa: 'off', login_codes: false },
        ...{ webauthn_rp_id: null, webauthn_origins: [] },
      },
      tokens: { signing_key_id: expect.stringMatching(/^[\w-]{8,}$/), other_key_ids: [] },
    })
  })
})
