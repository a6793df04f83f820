import { describe, expect, it } from 'vitest'
import { requiredOnNode } from '../../src/config/database.ts'
import { parseConfig } from '../../src/config/index.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { newKey } from '../support/keys.ts'

const SECRET = 'zq7-a-key-that-only-this-file-knows-0123456789'
const METRICS_TOKEN = '9f3a7c1e5b2d8f6a4c0e7b9d1f3a5c7e'
const GOOD = { JWT_SECRET_KEY: SECRET }

/** The names of the variables that a refusal names, each with its sentence. */
function refusal(
  environment: Record<string, unknown>,
  required: Record<string, string> = {},
): string[] {
  try {
    parseConfig(environment, required)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { message } = error as ConfigError
    for (const value of Object.values(environment)) {
      if (typeof value === 'string' && value.length > 8) expect(message).not.toContain(value)
      expect(message).not.toContain('hunter2')
    }
    const [first, ...lines] = message.split('\n')
    expect(first).toBe('The configuration cannot be used:')
    return lines.map((line) => line.trim())
  }
  return []
}
const named = (environment: Record<string, unknown>, required?: Record<string, string>) =>
  refusal(environment, required).map((line) => line.split(':')[0])

describe('a secret alone', () => {
  it('is a configuration, with the defaults of the plan', () => {
    expect(parseConfig(GOOD)).toEqual({
      projectName: 'Edge Auth',
      debug: false,
      hasDocs: true,
      server: { host: 'localhost', port: 8000 },
      database: {
        ...{ url: undefined, neonHttpEndpoint: undefined },
        ...{ folder: '.data/postgres', schema: 'edge_auth' },
      },
      tokens: {
        algorithm: 'HS256',
        secretKey: SECRET,
        keySet: undefined,
        issuer: 'edge-auth',
        audience: 'edge-auth',
        accessLifetimeSeconds: 86_400,
        refreshLifetimeSeconds: 86_400,
      },
      sessions: { lifetimeSeconds: 2_592_000, graceSeconds: 10, maxPerUser: 50 },
      signup: { mode: 'open', domains: { allowed: [], blocked: [] } },
      turnstile: {
        secretKey: undefined,
        siteKey: undefined,
        url: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
      },
      passwords: {
        minCharacters: 8,
        breachCheck: 'off',
        breachCheckUrl: 'https://api.pwnedpasswords.com',
      },
      http: { corsOrigins: [], cookieOrigins: [], trustedProxyCount: 0 },
      links: { publicUrl: undefined, appBaseUrl: undefined },
      mail: {
        ...{ provider: 'none', from: undefined, language: 'en', smtpUrl: undefined },
        ...{ requiresVerifiedEmail: false, notifiesOfNewDevices: false },
        api: { url: 'https://api.resend.com', key: undefined },
      },
      metrics: undefined,
      audit: { retentionDays: 365 },
      factors: {
        ...{ requireMfa: 'off', hasLoginCodes: false, webauthn: undefined, encryptionKeys: [] },
      },
      federation: { providers: [], returnUrls: [], linking: 'confirm' },
      pages: { isOn: true, logoUrl: undefined, accentColor: undefined },
      limits: expect.objectContaining({ login_account: { count: 20, periodSeconds: 3600 } }),
    })
  })

  it('empty variables count as not set, and foreign ones as none of ours', () => {
    const empty = { PROJECT_NAME: '', DATABASE_URL: '', CORS_ORIGINS: '', HOST: '', PORT: '' }
    const foreign = { ASSETS: {}, PATH: '/bin' }
    expect(parseConfig({ ...GOOD, ...empty, ...foreign })).toEqual(parseConfig(GOOD))
    expect(named({ JWT_SECRET_KEY: '' })).toEqual(['JWT_SECRET_KEY'])
  })
})

describe('one variable that is wrong', () => {
  it.each<[string, string]>([
    ['JWT_SECRET_KEY', 'short'],
    ['JWT_SECRET_KEY', 'x'.repeat(64)],
    ['JWT_SECRET_KEY', '31-bytes-are-one-less-than-32-b'],
    ['JWT_SECRET_KEY', 'your-secret-key-your-secret-key-01'],
    ['JWT_SECRET_KEY', 'CHANGE_ME_CHANGE_ME_CHANGE_ME_0123'],
    ['JWT_SECRET_KEY', 'please replace this with a real one 01'],
    ['JWT_SECRET_KEY', 'this-is-a-placeholder-of-good-length'],
    ['JWT_ALGORITHM', 'none'],
    ['JWT_ALGORITHM', 'hs256'],
    ['JWT_ALGORITHM', 'toString'],
    ['JWT_KEYS', '{'],
    ['JWT_KEYS', '{"current":{}}'],
    ['JWT_AUDIENCE', 'x'.repeat(201)],
    ['PROJECT_NAME', 'x'.repeat(101)],
    ['DEBUG', 'yes'],
    ['HOSTED_PAGES', 'off'],
    ['PAGES_LOGO_URL', 'http://localhost/logo.svg'],
    ['PAGES_LOGO_URL', 'data:image/svg+xml,x'],
    ['PAGES_LOGO_URL', 'https://example.org/a;img-src *'],
    ['PAGES_LOGO_URL', 'https://user:pass@example.org/logo.svg'],
    ['PAGES_ACCENT_COLOR', 'red'],
    ['PAGES_ACCENT_COLOR', '#fff'],
    ['PAGES_ACCENT_COLOR', '#ffffff}body{x:y'],
    ['TURNSTILE_SITE_KEY', 'a b'],
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', '/run/edge-auth.sock'],
    ['HOST', 'local host'],
    ['HOST', '*'],
    ['HOST', 'localhost:8000'],
    ['HOST', 'http://localhost'],
    ['HOST', 'localhost/path'],
    ['HOST', '-a.example.org'],
    ['HOST', 'a..example.org'],
    ['HOST', 'a'.repeat(64)],
    ['HOST', 'abc.'.repeat(64)],
    ['HOST', '256.0.0.1'],
    ['HOST', '127.0.1'],
    ['HOST', '127.0.0.1.1'],
    ['HOST', '0127.0.0.1'],
    ['HOST', '0x7f.0.0.0x1'],
    ['HOST', '[::1]'],
    ['HOST', '::1]:80/['],
    ['HOST', ':::1'],
    ['HOST', '1:2:3:4:5:6:7:8:9'],
    ['HOST', '::1%'],
    ['METRICS_PORT', '65536'],
    ['METRICS_PORT', '8000'],
    ['METRICS_HOST', '127.0.0.1:9464'],
    ['DATABASE_URL', 'mysql://localhost/edge'],
    ['DATABASE_URL', 'postgres://user:password@localhost/edge'],
    ['DATABASE_URL', 'postgres://edge edge@localhost/edge'],
    ['DATABASE_URL', 'not-a-url-but-a-secret'],
    ['DATABASE_URL', 'EMBEDDED'],
    ['DATABASE_URL', 'postgres://edge:hunter2%ZZ@localhost/edge'],
    ['DATABASE_URL', 'postgres://edge:hunter2%ff@localhost/edge'],
    ['DATABASE_URL', 'postgres://edge:hunter2@localhost/ed%ge'],
    ['DATABASE_URL', 'postgres://edge:hunter2@localhost/edge?sslmode=verify-fully'],
    ['DATABASE_URL', 'postgres://edge:hunter2@localhost/edge?ssl_mode=require'],
    ['DATABASE_URL', 'postgres://edge:hunter2@one,two/edge'],
    ['DATABASE_URL', 'postgres://edge:hunter\n2@localhost/edge'],
    ['JWT_SECRET_KEY', `${SECRET}\n${SECRET}`],
    ['JWT_SECRET_KEY', `${SECRET}\u0000${SECRET}`],
    ['PROJECT_NAME', 'Edge\u001b[31mAuth'],
    ['JWT_ISSUER', 'https://auth.example.org\r\nX: y'],
    ['DATABASE_SCHEMA', 'a"; drop schema public; --'],
    ['DATABASE_SCHEMA', 'pg_auth'],
    ['DATABASE_SCHEMA', 'information_schema'],
    ['DATABASE_SCHEMA', '1st'],
    ['DATABASE_SCHEMA', 's'.repeat(64)],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '0'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '-5'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '1.5'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '1e3'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '15m'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', 'Infinity'],
    ['REFRESH_TOKEN_EXPIRE_MINUTES', '525601'],
    ['SESSION_EXPIRE_MINUTES', '99999999999'],
    ['REFRESH_GRACE_SECONDS', '61'],
    ['MAX_SESSIONS_PER_USER', '0'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['PASSWORD_MIN_LENGTH', '65'],
    ['BREACH_CHECK', 'on'],
    ['BREACH_CHECK_URL', 'http://api.example.org'],
    ['BREACH_CHECK_URL', 'https://api.example.org/?key=x'],
    ['TRUSTED_PROXY_COUNT', '11'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://app.example.org/'],
    ['CORS_ORIGINS', 'https://app.example.org/path'],
    ['CORS_ORIGINS', 'https://*.example.org'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'https://APP.example.org'],
    ['CORS_ORIGINS', 'https://app.example.org:443'],
    ['CORS_ORIGINS', 'https://a:b@app.example.org'],
    ['CORS_ORIGINS', 'https://a@app.example.org'],
    ['CORS_ORIGINS', 'file:///etc'],
    ['CORS_ORIGINS', 'https://app.example.org, *'],
    ['CORS_ORIGINS', 'https://localhost:*'],
    ['CORS_ORIGINS', 'http://localhost:*/'],
    ['CORS_ORIGINS', 'http://localhost*'],
    ['CORS_ORIGINS', 'http://localhost:30*'],
    ['CORS_ORIGINS', 'http://*:3000'],
    ['CORS_ORIGINS', 'http://127.0.0.2:*'],
    ['CORS_ORIGINS', 'http://app.localhost:*'],
    ['CORS_ORIGINS', 'https://app.example.org:*'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(new Set(named({ ...GOOD, [name]: value }))).toEqual(new Set([name]))
  })

  it.each<[Record<string, string>, string[]]>([
    [{}, ['JWT_SECRET_KEY']],
    [{ JWT_SECRET_KEY: SECRET.slice(0, 47), JWT_ALGORITHM: 'HS384' }, ['JWT_SECRET_KEY']],
    [{ JWT_SECRET_KEY: SECRET.padEnd(63, '7'), JWT_ALGORITHM: 'HS512' }, ['JWT_SECRET_KEY']],
    [{ JWT_ALGORITHM: 'ES256' }, ['JWT_KEYS']],
    [{ ...GOOD, JWT_ALGORITHM: 'EdDSA' }, ['JWT_KEYS']],
    [{ ...GOOD, ACCESS_TOKEN_EXPIRE_MINUTES: '2000' }, ['ACCESS_TOKEN_EXPIRE_MINUTES']],
    [{ ...GOOD, REFRESH_TOKEN_EXPIRE_MINUTES: '43201' }, ['REFRESH_TOKEN_EXPIRE_MINUTES']],
    [{ ...GOOD, NEON_HTTP_ENDPOINT: 'http://localhost:1/sql' }, ['NEON_HTTP_ENDPOINT']],
    [{ ...GOOD, PORT: '9464', METRICS_PORT: '9464' }, ['METRICS_PORT']],
    [{ ...GOOD, METRICS_TOKEN }, ['METRICS_TOKEN']],
  ])('%j contradicts itself', (environment, expected) => {
    expect(named(environment)).toEqual(expected)
  })

  it.each([
    METRICS_TOKEN.slice(0, 31),
    'x'.repeat(32),
    `${METRICS_TOKEN}-replace-me`,
    `tok ${METRICS_TOKEN}`,
    `${METRICS_TOKEN}\u00e9`,
    `=${METRICS_TOKEN}`,
    METRICS_TOKEN.repeat(7),
  ])('a token for the metrics is refused that is short, long, known or none: %s', (token) => {
    const given = { ...GOOD, METRICS_PORT: '9464' }
    expect(new Set(named({ ...given, METRICS_TOKEN: token }))).toEqual(new Set(['METRICS_TOKEN']))
    expect(parseConfig({ ...given, METRICS_TOKEN }).metrics).toEqual({
      ...{ host: '127.0.0.1', port: 9464, token: METRICS_TOKEN },
    })
  })

  it('a secret as long as its algorithm asks for is taken', () => {
    for (const [JWT_ALGORITHM, bytes] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      const secret = SECRET.padEnd(64, 'xy1').slice(0, bytes)
      expect(parseConfig({ JWT_SECRET_KEY: secret, JWT_ALGORITHM }).tokens.algorithm).toBe(
        JWT_ALGORITHM,
      )
    }
    const sixteen =
      '\u00e9\u00df\u00f8\u00e4\u0142\u00f1\u00e7\u00fa\u0111\u00ec\u00f6\u0159\u00fd\u017e\u00e5\u00fe'
    expect(parseConfig({ JWT_SECRET_KEY: sixteen }).tokens.algorithm).toBe('HS256')
  })
})

describe('white space around a value', () => {
  it.each(['\n', '\r\n', ' ', '\t', '\uFEFF'])('%j is no part of it', (space) => {
    const plain = { ...GOOD, PORT: '80', JWT_ISSUER: 'me', DATABASE_URL: 'postgres://u:p@h/db' }
    const spaced = Object.entries(plain).map(([name, value]) => [name, space + value + space])
    expect(parseConfig(Object.fromEntries(spaced))).toEqual(parseConfig(plain))
    expect(parseConfig({ ...GOOD, HOST: space, PORT: space, JWT_ISSUER: space })).toEqual(
      parseConfig(GOOD),
    )
  })

  it('may be inside a list and a key set', async () => {
    const set = { current: await newKey('ES256'), previous: [] }
    const config = parseConfig({
      ...{ JWT_ALGORITHM: 'ES256', JWT_KEYS: `${JSON.stringify(set, null, 2)}\n` },
      CORS_ORIGINS: 'https://one.example.org,\n  https://two.example.org\n',
    })
    expect(config.tokens.keySet).toEqual(set)
    expect(config.http.corsOrigins).toHaveLength(2)
  })
})

describe('a runtime that cannot do without a database', () => {
  const REQUIRED = { DATABASE_URL: 'is required here' }

  it('has it named beside what else is missing', () => {
    expect(named({}, REQUIRED)).toEqual(['DATABASE_URL', 'JWT_SECRET_KEY'])
    expect(named(GOOD, REQUIRED)).toEqual(['DATABASE_URL'])
    expect(named({ ...GOOD, DATABASE_URL: ' ' }, REQUIRED)).toEqual(['DATABASE_URL'])
  })

  it('on Node is one in production', () => {
    expect(requiredOnNode({})).toEqual({})
    expect(requiredOnNode({ NODE_ENV: 'development' })).toEqual({})
    const required = requiredOnNode({ NODE_ENV: 'production' })
    expect(refusal({ ...GOOD, DATABSE_URL: 'postgres://u:p@h/db' }, required)).toEqual([
      'DATABASE_URL: is required with NODE_ENV=production; embedded means the embedded database',
      'DATABSE_URL: is not known; DATABASE_URL may be meant',
    ])
  })

  it('takes the embedded one where it is asked for', () => {
    const embedded = { ...GOOD, DATABASE_URL: 'embedded' }
    expect(parseConfig(embedded, requiredOnNode({ NODE_ENV: 'production' }))).toEqual(
      parseConfig(GOOD),
    )
    const endpoint = { ...embedded, NEON_HTTP_ENDPOINT: 'http://localhost:1/sql' }
    expect(named(endpoint)).toEqual(['NEON_HTTP_ENDPOINT'])
  })
})

describe('where Node listens', () => {
  it.each([
    ...['localhost', 'edge-auth', 'auth_1', 'auth.example.org', '4you.example', 'LOCALHOST'],
    ...['127.0.0.1', '0.0.0.0', '255.255.255.255'],
    ...['::', '::1', '2001:db8::a', '::ffff:127.0.0.1', 'fe80::1%eth0'],
  ])('HOST=%s', (HOST) => {
    expect(parseConfig({ ...GOOD, HOST }).server).toEqual({ host: HOST, port: 8000 })
  })

  it.each([0, 1, 443, 65_535])('PORT=%i', (port) => {
    const { server } = parseConfig({ ...GOOD, PORT: String(port) })
    expect(server).toEqual({ host: 'localhost', port })
  })
})

describe('key sets', () => {
  it('that can be used', async () => {
    for (const alg of ['HS256', 'ES256', 'EdDSA', 'RS256'] as const) {
      const set = {
        current: await newKey(alg),
        next: await newKey(alg),
        previous: [await newKey(alg)],
      }
      const config = parseConfig({ JWT_ALGORITHM: alg, JWT_KEYS: JSON.stringify(set) })
      expect(config.tokens.keySet).toEqual(set)
    }
  })

  it('that cannot', async () => {
    const [es, ed, weak] = [await newKey('ES256'), await newKey('EdDSA'), await newKey('HS256')]
    const sets: [string, unknown][] = [
      ['ES256', { current: es, previous: [es] }],
      ['ES256', { current: es, next: ed }],
      ['EdDSA', { current: es }],
      ['ES256', { current: { ...es, d: undefined } }],
      ['ES256', { current: { ...es, extra: 1 } }],
      ['ES256', { current: { ...es, kid: '' } }],
      ['HS256', { current: { ...weak, k: 'c2hvcnQ' } }],
      ['HS256', { current: { ...weak, k: 'not base64url!' } }],
      ['HS256', { current: { ...weak, k: 'YWJj'.repeat(20) } }],
      ['ES256', { previous: [es] }],
      ['ES256', []],
    ]
    for (const [JWT_ALGORITHM, set] of sets) {
      const environment = { JWT_ALGORITHM, JWT_KEYS: JSON.stringify(set) }
      expect(named(environment), JSON.stringify(set)).toEqual(['JWT_KEYS'])
    }
  })
})

it('everything that is wrong is named at once', () => {
  const faults = named({
    JWT_SECRET_KEY: 'changeme',
    JWT_ALGORITHM: 'none',
    DATABASE_URL: 'hunter2-is-my-password',
    NEON_HTTP_ENDPOINT: 'ftp://hunter2-is-my-password',
    ACCESS_TOKEN_EXPIRE_MINUTES: 'soon',
    REFRESH_GRACE_SECONDS: '-1',
    CORS_ORIGINS: '*',
    DEBUG: 'perhaps',
    PASSWORD_MIN_LENGTH: '1',
    PORT: 'hunter2-is-my-password',
    HOST: 'hunter2 is my password',
  })
  expect([...new Set(faults)].sort()).toEqual([
    'ACCESS_TOKEN_EXPIRE_MINUTES',
    'CORS_ORIGINS',
    'DATABASE_URL',
    'DEBUG',
    'HOST',
    'JWT_ALGORITHM',
    'JWT_SECRET_KEY',
    'NEON_HTTP_ENDPOINT',
    'PASSWORD_MIN_LENGTH',
    'PORT',
    'REFRESH_GRACE_SECONDS',
  ])
})

it('what contradicts itself is named beside what is wrong in other concerns', () => {
  const faults = named({
    ...{ DEBUG: 'perhaps', PORT: '65536', CORS_ORIGINS: '*' },
    ...{ NEON_HTTP_ENDPOINT: 'http://localhost:1/sql', REFRESH_TOKEN_EXPIRE_MINUTES: '43201' },
  })
  expect(faults).toEqual([
    ...['DEBUG', 'PORT', 'CORS_ORIGINS'],
    ...['NEON_HTTP_ENDPOINT', 'JWT_SECRET_KEY', 'REFRESH_TOKEN_EXPIRE_MINUTES'],
  ])
})
