import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { configWarnings } from '../../src/config/warnings.ts'
import { startNode } from '../support/node-process.ts'

const GOOD = {
  JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789',
  ...{ ACCESS_TOKEN_EXPIRE_MINUTES: '15', REFRESH_TOKEN_EXPIRE_MINUTES: '43200' },
  MAIL_PROVIDER: 'none',
}
const warnings = (given: Record<string, string>) => configWarnings(parseConfig(given), given)

describe('lifetimes', () => {
  it('are doubtful where a refresh token lives no longer than an access token', () => {
    const { JWT_SECRET_KEY, MAIL_PROVIDER } = GOOD
    expect(warnings({ JWT_SECRET_KEY, MAIL_PROVIDER })).toEqual([
      expect.stringMatching(
        /^REFRESH_TOKEN_EXPIRE_MINUTES: .*logged out every 1440 minutes.*ACCESS_TOKEN_EXPIRE_MINUTES=15 and REFRESH_TOKEN_EXPIRE_MINUTES=43200/,
      ),
    ])
    expect(warnings({ ...GOOD, REFRESH_TOKEN_EXPIRE_MINUTES: '15' })).toHaveLength(1)
  })

  it('are not, as they are recommended', () => {
    expect(warnings(GOOD)).toEqual([])
    expect(warnings({ ...GOOD, REFRESH_TOKEN_EXPIRE_MINUTES: '16' })).toEqual([])
  })
})

describe('metrics', () => {
  const at = (host: string, more = {}) =>
    warnings({ ...GOOD, METRICS_PORT: '9464', METRICS_HOST: host, ...more })

  it.each(['0.0.0.0', '::', '10.0.0.5', 'metrics.internal'])(
    'are doubtful where others may reach %s and read them',
    (host) => {
      expect(at(host)).toEqual([expect.stringMatching(/^METRICS_HOST: .*METRICS_TOKEN$/)])
    },
  )

  it('are not on this machine alone, for the bearer of a token, or nowhere', () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(at(host)).toEqual([])
    expect(at('0.0.0.0', { METRICS_TOKEN: '9f3a7c1e5b2d8f6a4c0e7b9d1f3a5c7e' })).toEqual([])
    expect(warnings({ ...GOOD, METRICS_HOST: '0.0.0.0' })).toEqual([])
  })
})

it('pages without the widget that they need are doubtful', () => {
  const guarded = { ...GOOD, TURNSTILE_SECRET_KEY: '0x4AAAAAAAAAAAAAAAAAAAAAB1cd2ef3' }
  expect(warnings(guarded)).toEqual([expect.stringMatching(/^TURNSTILE_SITE_KEY: is not set/)])
  expect(warnings({ ...guarded, TURNSTILE_SITE_KEY: '0x4AAAAAAAB1cd2ef3' })).toEqual([])
  expect(warnings({ ...guarded, HOSTED_PAGES: 'false' })).toEqual([])
})

it('pages without an address are doubtful in production', () => {
  const live = { ...GOOD, NODE_ENV: 'production' }
  expect(warnings(live)).toEqual([expect.stringMatching(/^PUBLIC_URL: is not set/)])
  expect(warnings({ ...live, PUBLIC_URL: 'https://auth.example.org' })).toEqual([])
  expect(warnings({ ...live, HOSTED_PAGES: 'false' })).toEqual([])
})

describe('cookies of sessions', () => {
  const of = (origins: string, more = {}) =>
    warnings({ ...GOOD, CORS_ORIGINS: origins, COOKIE_ORIGINS: origins, ...more })

  it('are doubtful where nothing says by which address browsers come', () => {
    expect(of('https://app.example.org')).toEqual([
      expect.stringMatching(/^COOKIE_ORIGINS: PUBLIC_URL is not set/),
    ])
  })

  it('are not on this machine, at a known address, or without other origins', () => {
    expect(of('http://localhost:*')).toEqual([])
    expect(of('http://localhost:5173,http://127.0.0.1:*')).toEqual([])
    expect(of('https://app.example.org', { PUBLIC_URL: 'https://auth.example.org' })).toEqual([])
    expect(of('')).toEqual([])
  })
})

describe('a variable that looks like one of ours', () => {
  it.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE-URL', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['Port', 'PORT'],
    ['JWT_KEY', 'JWT_KEYS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['CORS_ORGINS', 'CORS_ORIGINS'],
    ['TRUSTED_PROXYCOUNTS', 'TRUSTED_PROXY_COUNT'],
    ['PASSWORD_MIN_LENGHT', 'PASSWORD_MIN_LENGTH'],
    ['SMTP_URI', 'SMTP_URL'],
    ['MAIL_APIKEY', 'MAIL_API_KEY'],
  ])('%s is named, and never its value', (name, meant) => {
    expect(warnings({ ...GOOD, [name]: 'hunter2' })).toEqual([
      `${name}: is not known; ${meant} may be meant`,
    ])
  })

  it('is none where the other is set', () => {
    const set = {
      ...GOOD,
      DATABASE_URL: 'postgres://u:p@h/db',
      DATABASE_URI: 'x',
      CORS_ORIGIN: 'y',
    }
    expect(warnings(set)).toEqual(['CORS_ORIGIN: is not known; CORS_ORIGINS may be meant'])
  })

  it('is none of what systems, shells, npm, containers and CI set', () => {
    const others =
      `HOME PATH PWD OLDPWD SHELL USER LOGNAME LANG TERM TZ HOSTNAME HOSTTYPE SHLVL TMPDIR EDITOR
      MAIL NODE NODE_ENV NODE_OPTIONS NODE_PATH CI DISPLAY COLOR INIT_CWD npm_config_cache npm_lifecycle_event
      npm_package_name http_proxy HTTPS_PROXY NO_PROXY SSH_TTY XDG_DATA_DIRS KUBERNETES_PORT KUBERNETES_SERVICE_HOST
      POSTGRES_URL PGHOST PGPORT PGDATABASE PGUSER DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER
      DATABASE_PASSWORD DATABASE_URL_UNPOOLED DB_URL JWT_PRIVATE_KEY UV_THREADPOOL_SIZE ASSETS DEBUG_COLORS POSIX HOSTS
      SORT HOST_IP PORTS EMAIL MAILTO MAIL_HOST SMTP_HOST SMTP_USER APP_URL BASE_URL`.split(/\s+/)
    expect(warnings({ ...GOOD, ...Object.fromEntries(others.map((name) => [name, 'x'])) })).toEqual(
      [],
    )
  })
})

describe('a start on Node', () => {
  it('says each once, and starts', async () => {
    const service = await startNode({
      DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none',
      CORS_ORIGIN: 'x',
    })
    try {
      const lines = service
        .output()
        .split('\n')
        .filter((line) => line.startsWith('Warning: '))
      expect(lines.map((line) => line.split(':')[1]?.trim())).toEqual([
        'REFRESH_TOKEN_EXPIRE_MINUTES',
        'CORS_ORIGIN',
      ])
    } finally {
      await service.kill()
    }
  })

  it('is refused in production without a database that is named', async () => {
    const env = { NODE_ENV: 'production', DATABSE_URL: 'postgres://edge:hunter2@h/db' }
    const failed = await startNode(env).then(
      () => '',
      (error: Error) => error.message,
    )
    expect(failed).toContain('DATABASE_URL: is required with NODE_ENV=production')
    expect(failed).toContain('DATABSE_URL: is not known; DATABASE_URL may be meant')
    expect(failed).not.toMatch(/hunter2|Listening/)
  })
})
