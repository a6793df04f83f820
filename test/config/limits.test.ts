import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { configWarnings } from '../../src/config/warnings.ts'
import { LIMITS, type LimitName } from '../../src/core/limits/limits.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { startNode } from '../support/node-process.ts'

const GOOD = {
  JWT_SECRET_KEY: 'zq7-a-key-that-only-this-file-knows-0123456789',
  ...{ ACCESS_TOKEN_EXPIRE_MINUTES: '15', REFRESH_TOKEN_EXPIRE_MINUTES: '43200' },
  MAIL_PROVIDER: 'none',
}
const limits = (RATE_LIMITS?: string) =>
  parseConfig({ ...GOOD, ...(RATE_LIMITS !== undefined && { RATE_LIMITS }) }).limits

const DEFAULTS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { count, periodSeconds }]) => [
    name,
    { count, periodSeconds },
  ]),
) as Record<LimitName, { count: number; periodSeconds: number }>

describe('RATE_LIMITS', () => {
  it.each([undefined, '', ' ', 'on', ' on\n'])(
    '%j has every limit of the table in force',
    (value) => {
      expect(limits(value)).toEqual(DEFAULTS)
    },
  )

  it('off switches all of them off, and nothing else does', () => {
    expect(limits('off')).toBeUndefined()
    expect(limits(' off ')).toBeUndefined()
    expect(limits('login_account=1000000/1s')).toBeDefined()
  })

  it('changes the limits that it names, and leaves the others', () => {
    const changed = {
      login_account: { count: 12, periodSeconds: 3600 },
      signup_client: { count: 5, periodSeconds: 600 },
      mail_all: { count: 1_000_000, periodSeconds: 86_400 },
      reset_client: { count: 1, periodSeconds: 1 },
    }
    expect(
      limits('login_account=12/1h,signup_client=5/10m,\n  mail_all=1000000/1d , reset_client=1/1s'),
    ).toEqual({ ...DEFAULTS, ...changed })
  })

  it.each([
    'ON',
    'Off',
    'false',
    '0',
    'none',
    'on,off',
    'off,login_account=20/1h',
    'on,login_account=20/1h',
    ',',
    'login_account=20/1h,',
    'login_account',
    'login_account=',
    'login_account=20',
    'login_account=20/h',
    'login_account=20/1',
    'login_account=20/1w',
    'login_account=20/1H',
    'login_account = 20/1h',
    'login_account=20 / 1h',
    'login_account=20/1h;signup_client=5/1h',
    'login_account=0/1h',
    'login_account=-1/1h',
    'login_account=1.5/1h',
    'login_account=1e3/1h',
    'login_account=1000001/1h',
    'login_account=٣/1h',
    'login_account=20/0s',
    'login_account=20/25h',
    'login_account=20/86401s',
    'login_account=20/2d',
    'login_acount=20/1h',
    'LOGIN_ACCOUNT=20/1h',
    'toString=20/1h',
    '__proto__=20/1h',
    'constructor=20/1h',
    'login_account=20/1h,nothing=1/1h',
    'mail_client=1/1h,mail_client=2/1m',
  ])('%j is refused by name, with what may stand there', (RATE_LIMITS) => {
    const refusal = (() => {
      try {
        parseConfig({ ...GOOD, RATE_LIMITS })
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(ConfigError)
    const [first, line = '', ...others] = (refusal as ConfigError).message.split('\n')
    expect(first).toBe('The configuration cannot be used:')
    expect(line.trim()).toMatch(/^RATE_LIMITS: must be on, off, or a list such as /)
    for (const name of Object.keys(LIMITS)) expect(line).toContain(name)
    expect(others).toEqual([])
  })
})

describe('limits that are off', () => {
  const warnings = (given: Record<string, string>) => configWarnings(parseConfig(given), given)

  it('are doubtful, and no others are', () => {
    expect(warnings({ ...GOOD, RATE_LIMITS: 'off' })).toEqual([
      expect.stringMatching(/^RATE_LIMITS: is off\. Anybody may guess passwords/),
    ])
    for (const RATE_LIMITS of ['', 'on', 'login_account=1000000/1s']) {
      expect(warnings({ ...GOOD, RATE_LIMITS })).toEqual([])
    }
  })

  it('are announced by the start', async () => {
    const DATABASE_URL = 'postgres://u:p@127.0.0.1:1/none'
    for (const [RATE_LIMITS, announced] of [
      ['off', 1],
      ['on', 0],
    ] as const) {
      const service = await startNode({ ...GOOD, DATABASE_URL, RATE_LIMITS })
      const lines = service.output().split('\n')
      await service.kill()
      const told = lines.filter((line) => line.startsWith('Warning: RATE_LIMITS: is off.'))
      expect(told).toHaveLength(announced)
    }
  })
})
