import { z } from 'zod'
import { LIMITS, type Limit, type LimitName, type LimitSettings } from '../core/limits/limits.ts'
import type { ValuesOf } from './kinds.ts'

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const OVERRIDE = /^(\w+)=(\d{1,7})\/(\d{1,5})([smhd])$/
const MAX_COUNT = 1_000_000
const MAX_PERIOD_SECONDS = 86_400

const DEFAULTS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { count, periodSeconds }]) => [
    name,
    { count, periodSeconds },
  ]),
) as Record<LimitName, Limit>

/** `on`, `off`, or the limits that differ from the table, such as `login_account=10/1h,signup_client=5/10m`. */
const limits = z
  .string()
  .default('on')
  .transform((written, context): LimitSettings => {
    if (written === 'off') return undefined
    const overrides =
      written === 'on' ? [] : written.split(',').map((one) => overrideOf(one.trim()))
    const names = new Set(overrides.map((one) => one?.[0]))
    if (names.size === overrides.length && overrides.every((one) => one !== undefined)) {
      return { ...DEFAULTS, ...Object.fromEntries(overrides) }
    }
    context.addIssue(
      `must be on, off, or a list such as login_account=10/1h,signup_client=5/10m, of ${Object.keys(LIMITS).join(', ')}, each once, from 1 to ${MAX_COUNT} in a second to a day`,
    )
    return z.NEVER
  })

function overrideOf(written: string): [LimitName, Limit] | undefined {
  const [, name = '', digits, number, unit = 's'] = OVERRIDE.exec(written) ?? []
  const count = Number(digits)
  const periodSeconds = Number(number) * UNITS[unit as keyof typeof UNITS]
  const isAllowed =
    Object.hasOwn(LIMITS, name) &&
    count >= 1 &&
    count <= MAX_COUNT &&
    periodSeconds >= 1 &&
    periodSeconds <= MAX_PERIOD_SECONDS
  return isAllowed ? [name as LimitName, { count, periodSeconds }] : undefined
}

export const variables = { RATE_LIMITS: limits }

export function settings(values: ValuesOf<typeof variables>): LimitSettings {
  return values.RATE_LIMITS
}
