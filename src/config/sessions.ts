import type { SessionSettings } from '../core/sessions/session.ts'
import { type Rule, type ValuesOf, wholeNumber } from './kinds.ts'
import type { variables as tokenVariables } from './tokens.ts'

export const variables = {
  SESSION_EXPIRE_MINUTES: wholeNumber(1, 1_051_200).default(43_200),
  REFRESH_GRACE_SECONDS: wholeNumber(0, 60).default(10),
  MAX_SESSIONS_PER_USER: wholeNumber(1, 1000).default(50),
}

export const rules: Rule<ValuesOf<typeof variables & typeof tokenVariables>>[] = [
  {
    at: 'REFRESH_TOKEN_EXPIRE_MINUTES',
    holds: (values) => !(values.REFRESH_TOKEN_EXPIRE_MINUTES > values.SESSION_EXPIRE_MINUTES),
    error: 'must not be longer than SESSION_EXPIRE_MINUTES',
  },
]

export function settings(values: ValuesOf<typeof variables>): SessionSettings {
  return {
    lifetimeSeconds: values.SESSION_EXPIRE_MINUTES * 60,
    graceSeconds: values.REFRESH_GRACE_SECONDS,
    maxPerUser: values.MAX_SESSIONS_PER_USER,
  }
}
