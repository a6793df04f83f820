import { describe, expect, it } from 'vitest'
import { requiredOnWorkers } from '../../src/config/federation.ts'
import { parseConfig } from '../../src/config/index.ts'
import { configWarnings } from '../../src/config/warnings.ts'
import { BUILT_IN } from '../../src/core/federation/names.ts'
import { specOf } from '../../src/core/federation/protocol/known.ts'
import { SPECS } from '../../src/core/federation/providers.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { startNode } from '../support/node-process.ts'

const GOOD = { JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789' }
const GOOGLE = { OAUTH_GOOGLE_CLIENT_ID: 'google-1', OAUTH_GOOGLE_CLIENT_SECRET: 'hunter2-google' }
const PUBLIC = { PUBLIC_URL: 'https://auth.example.org' }
const PRODUCTION = { NODE_ENV: 'production' }
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----`
const APPLE = {
  OAUTH_APPLE_CLIENT_ID: 'org.example.app',
  OAUTH_APPLE_TEAM_ID: 'TEAM123456',
  OAUTH_APPLE_KEY_ID: 'KEYID12345',
  OAUTH_APPLE_PRIVATE_KEY: KEY,
}
const ENTRY = {
  id: 'ours',
  name: 'Ours',
  issuer: 'https://id.example.org/',
  client_id: 'client-1',
  client_secret: 'hunter2-ours',
}

const settings = (env: Record<string, unknown>) => parseConfig({ ...GOOD, ...env }).federation

/** The lines of a refusal, which tell no value. */
function refusal(env: Record<string, unknown>): string[] {
  try {
    parseConfig({ ...GOOD, ...env })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { message } = error as ConfigError
    expect(message).not.toMatch(/hunter2|MIGH/)
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
  return []
}

function without(env: Record<string, string>, name: string) {
  return Object.fromEntries(Object.entries(env).filter(([one]) => one !== name))
}

const listOf = (...entries: unknown[]) => ({ OAUTH_PROVIDERS: JSON.stringify(entries) })

describe('the built-in providers', () => {
  it('are on by their credentials, in the order of the table', () => {
    const github = { OAUTH_GITHUB_CLIENT_ID: 'gh-1', OAUTH_GITHUB_CLIENT_SECRET: 'hunter2-github' }
    const { providers } = settings({ ...github, ...GOOGLE })
    expect(providers.map(({ id, clientId, clientSecret }) => [id, clientId, clientSecret])).toEqual(
      [
        ['google', 'google-1', 'hunter2-google'],
        ['github', 'gh-1', 'hunter2-github'],
      ],
    )
  })

  it('have names of their own, and ask for https alone', () => {
    expect(new Set(BUILT_IN.map(({ id }) => id)).size).toBe(10)
    expect(Object.keys(SPECS)).toEqual(BUILT_IN.map(({ id }) => id))
    for (const { issuer, origins, endpoints } of Object.values(SPECS)) {
      for (const url of [issuer, ...origins, ...Object.values(endpoints ?? {})]) {
        expect(new URL(url).protocol).toBe('https:')
      }
    }
  })

  it.each<[Record<string, string>, string]>([
    [GOOGLE, 'OAUTH_GOOGLE_CLIENT_ID'],
    [GOOGLE, 'OAUTH_GOOGLE_CLIENT_SECRET'],
    ...Object.keys(APPLE).map((name): [Record<string, string>, string] => [
      { ...APPLE, ...PUBLIC },
      name,
    ]),
  ])('of %j are refused without %s', (env, name) => {
    expect(refusal(without(env, name))).toEqual([
      expect.stringMatching(new RegExp(`^${name}: is required beside the other variables`)),
    ])
  })

  it('need more than an option', () => {
    const lines = refusal({ OAUTH_MICROSOFT_TENANT: 'common' }).map((line) => line.split(':')[0])
    expect(lines).toEqual(['OAUTH_MICROSOFT_CLIENT_ID', 'OAUTH_MICROSOFT_CLIENT_SECRET'])
  })

  it.each([
    ['OAUTH_GOOGLE_CLIENT_SECRET', 'your-client-secret'.replace('client-', '')],
    ['OAUTH_GOOGLE_CLIENT_ID', 'grün'],
    ['OAUTH_GOOGLE_BASE_URL', 'http://elsewhere.example.org'],
    ['OAUTH_GOOGLE_BASE_URL', 'no url'],
  ])('refuse %s of %j', (name, value) => {
    expect(refusal({ ...GOOGLE, [name]: value })).toEqual([expect.stringMatching(`^${name}: `)])
  })

  it.each([
    ['OAUTH_APPLE_TEAM_ID', 'team'],
    ['OAUTH_APPLE_KEY_ID', 'KEYID123456'],
    ['OAUTH_APPLE_PRIVATE_KEY', 'hunter2'],
    ['OAUTH_APPLE_PRIVATE_KEY', KEY.replaceAll('PRIVATE', 'EC PRIVATE')],
    [
      'OAUTH_APPLE_PRIVATE_KEY',
      KEY.replace('MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH', 'x'.repeat(36)),
    ],
    ['PUBLIC_URL', 'http://localhost:8000'],
    ['PUBLIC_URL', 'https://localhost'],
    ['PUBLIC_URL', ''],
  ])('refuse %s of %j for Apple', (name, value) => {
    expect(refusal({ ...APPLE, ...PUBLIC, [name]: value })).toEqual([
      expect.stringMatching(`^${name}: `),
    ])
  })

  it('take Apple’s key on several lines, and on one', () => {
    const [several] = settings({ ...APPLE, ...PUBLIC }).providers
    const one = { OAUTH_APPLE_PRIVATE_KEY: KEY.replaceAll('\n', '\\n') }
    expect(settings({ ...APPLE, ...PUBLIC, ...one }).providers).toEqual([several])
    expect(several?.signingKey).toEqual({
      teamId: 'TEAM123456',
      keyId: 'KEYID12345',
      privateKey: KEY,
    })
  })

  it.each(['common', 'organizations', 'consumers', '11111111-2222-3333-4444-555555555555'])(
    'know the tenant %s',
    (tenant) => {
      const env = { OAUTH_MICROSOFT_CLIENT_ID: 'ms-1', OAUTH_MICROSOFT_CLIENT_SECRET: 'hunter2-ms' }
      const [microsoft] = settings({ ...env, OAUTH_MICROSOFT_TENANT: tenant }).providers
      expect(microsoft?.tenant).toBe(tenant)
      expect(refusal({ ...env, OAUTH_MICROSOFT_TENANT: 'example.org' })).toHaveLength(1)
    },
  )

  it('may be elsewhere in tests, as a whole, but not in production', () => {
    const base = 'http://localhost:9000/x'
    const github = { OAUTH_GITHUB_CLIENT_ID: 'gh-1', OAUTH_GITHUB_CLIENT_SECRET: 'hunter2-github' }
    const env = { ...GOOGLE, OAUTH_GOOGLE_BASE_URL: base, ...github, OAUTH_GITHUB_BASE_URL: base }
    expect(settings(env).providers.map(specOf)).toMatchObject([
      { issuer: base, origins: [] },
      {
        issuer: base,
        origins: [],
        endpoints: {
          authorization: `${base}/login/oauth/authorize`,
          token: `${base}/login/oauth/access_token`,
          profile: `${base}/user`,
          emails: `${base}/user/emails`,
        },
      },
    ])
    const production = { ...PRODUCTION, ...PUBLIC }
    expect(refusal({ ...env, ...production }).map((line) => line.split(':')[0])).toEqual([
      'OAUTH_GOOGLE_BASE_URL',
      'OAUTH_GITHUB_BASE_URL',
    ])
  })

  it('may be a GitLab of one’s own in production, by https', () => {
    const env = { OAUTH_GITLAB_CLIENT_ID: 'gl-1', OAUTH_GITLAB_CLIENT_SECRET: 'hunter2-gitlab' }
    const base = { OAUTH_GITLAB_BASE_URL: 'https://gitlab.example.org' }
    const production = { ...PRODUCTION, ...PUBLIC }
    expect(settings({ ...env, ...base, ...production }).providers.map(specOf)).toMatchObject([
      { issuer: 'https://gitlab.example.org' },
    ])
    const http = { OAUTH_GITLAB_BASE_URL: 'http://localhost:1' }
    expect(refusal({ ...env, ...http, ...production })).toEqual([
      'OAUTH_GITLAB_BASE_URL: must be https with NODE_ENV=production',
    ])
  })
})

describe('other providers', () => {
  it('are a list, and keep the issuer as it is written', () => {
    const more = {
      scopes: ['email', 'openid'],
      origins: ['https://keys.example.org'],
      authoritative_domains: ['example.org'],
      email_domains: ['example.org', 'example.net'],
      token_endpoint_auth_method: 'client_secret_post',
    }
    const local = {
      ...ENTRY,
      id: 'local',
      issuer: 'http://localhost:9000',
      client_secret: undefined,
    }
    const { providers } = settings({ ...GOOGLE, ...listOf({ ...ENTRY, ...more }, local) })
    expect(providers.map((one) => ({ ...specOf(one), ...one }))).toMatchObject([
      { id: 'google' },
      {
        id: 'ours',
        name: 'Ours',
        issuer: 'https://id.example.org/',
        scope: 'openid email',
        origins: ['https://keys.example.org'],
        authoritativeDomains: ['example.org'],
        emailDomains: ['example.org', 'example.net'],
        clientAuth: 'client_secret_post',
        clientSecret: 'hunter2-ours',
        verifiedBy: 'email_verified',
      },
      { id: 'local', scope: 'openid email profile', origins: [], clientSecret: undefined },
    ])
  })

  it.each<[string, unknown, RegExp]>([
    ['no list', { OAUTH_PROVIDERS: '{}' }, /must be a list of objects in JSON/],
    ['no JSON', { OAUTH_PROVIDERS: '[hunter2' }, /must be a list of objects in JSON/],
    ['texts', listOf('hunter2'), /must be a list of objects in JSON/],
    ['an unknown member', listOf({ ...ENTRY, clientSecret: 'hunter2' }), /member "clientSecret"/],
    ['an id twice', listOf(ENTRY, ENTRY), /has an id twice/],
    ['a built-in id', listOf({ ...ENTRY, id: 'google' }), /entry 1: id must/],
    ['an id with more', listOf({ ...ENTRY, id: 'a/b' }), /entry 1: id must/],
    ['a long id', listOf({ ...ENTRY, id: 'x'.repeat(33) }), /entry 1: id must/],
    ['no id', listOf({ ...ENTRY, id: undefined }), /entry 1: id is required/],
    ['no name', listOf(ENTRY, { ...ENTRY, id: 'b', name: '' }), /entry 2: name must/],
    ['no issuer', listOf({ ...ENTRY, issuer: undefined }), /issuer is required/],
    ['http', listOf({ ...ENTRY, issuer: 'http://id.example.org' }), /issuer must/],
    ['a log-in', listOf({ ...ENTRY, issuer: 'https://a:hunter2@id.example.org' }), /issuer must/],
    ['a query', listOf({ ...ENTRY, issuer: 'https://id.example.org/?a' }), /issuer must/],
    ['no client', listOf({ ...ENTRY, client_id: '' }), /client_id must/],
    ['a placeholder', listOf({ ...ENTRY, client_secret: 'change-me' }), /client_secret must/],
    ['a scope of two', listOf({ ...ENTRY, scopes: ['a b'] }), /scopes must/],
    ['http elsewhere', listOf({ ...ENTRY, origins: ['http://b.example.org'] }), /origins must/],
    ['a path', listOf({ ...ENTRY, origins: ['https://b.example.org/x'] }), /origins must/],
    ['no domain', listOf({ ...ENTRY, authoritative_domains: ['*'] }), /authoritative_domains must/],
    ['a domain of mail', listOf({ ...ENTRY, email_domains: 'a.example' }), /email_domains must/],
    ['another way', listOf({ ...ENTRY, token_endpoint_auth_method: 'tls' }), /auth_method must/],
    [
      'no secret to send',
      listOf({
        ...ENTRY,
        client_secret: undefined,
        token_endpoint_auth_method: 'client_secret_basic',
      }),
      /client_secret is required/,
    ],
  ])('with %s are refused by name', (_, env, words) => {
    const lines = refusal(env as Record<string, unknown>)
    expect(lines).toEqual([expect.stringMatching(/^OAUTH_PROVIDERS: /)])
    expect(lines[0]).toMatch(words)
  })
})

describe('where people come back to', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, []],
    [PUBLIC, ['https://auth.example.org/']],
    [
      { ...PUBLIC, CORS_ORIGINS: 'https://app.example.org, http://localhost:*' },
      ['https://app.example.org/'],
    ],
    [{ ...PUBLIC, CORS_ORIGINS: 'http://localhost:*' }, ['https://auth.example.org/']],
    [
      { OAUTH_RETURN_URLS: 'https://a.example.org/x?y=z,\nhttp://127.0.0.1:3000/' },
      ['https://a.example.org/x?y=z', 'http://127.0.0.1:3000/'],
    ],
  ])('with %j is %j', (env, urls) => {
    expect(settings(env).returnUrls).toEqual(urls)
  })

  it.each([
    'http://app.example.org/',
    'https://app.example.org/#x',
    'https://a:b@app.example.org/',
    'app.example.org',
    'javascript:alert(1)',
    ',',
  ])('is never %s', (url) => {
    expect(refusal({ OAUTH_RETURN_URLS: url })).toEqual([
      expect.stringMatching(/^OAUTH_RETURN_URLS: /),
    ])
  })

  it.each([GOOGLE, listOf(ENTRY)])('at the service itself must be known: %j', (env) => {
    const line = expect.stringMatching(/^PUBLIC_URL: is required to sign in at providers/)
    expect(refusal({ ...env, ...PRODUCTION })).toEqual([line])
    expect(refusal({ ...env, ...PRODUCTION, ...PUBLIC })).toEqual([])
    expect(refusal(env)).toEqual([])
    expect(Object.keys(requiredOnWorkers(env))).toEqual(['PUBLIC_URL'])
    expect(requiredOnWorkers({ OAUTH_GOOGLE_CLIENT_ID: ' ' })).toEqual({})
  })
})

it('a start on Node names them', async () => {
  const local = { ...ENTRY, issuer: 'http://localhost:9000' }
  const service = await startNode({
    ...{ DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none', ...GOOGLE, ...listOf(local) },
  })
  await service.kill()
  expect(service.output()).toMatch(/^People may sign in at: Google, Ours$/m)
  expect(service.output()).not.toMatch(/hunter2/)
  const alone = await startNode({ DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none' })
  await alone.kill()
  expect(alone.output()).not.toMatch(/sign in at/)
})

it('a name with a slip is told', () => {
  const env = { ...GOOD, OAUTH_GOGLE_CLIENT_ID: 'x' }
  expect(configWarnings(parseConfig(env), env)).toContainEqual(
    'OAUTH_GOGLE_CLIENT_ID: is not known; OAUTH_GOOGLE_CLIENT_ID may be meant',
  )
})
