import { isGuessable } from './guessable.ts'
import { type Rule, secret, type ValuesOf, wholeNumber } from './kinds.ts'
import { host, type variables as serverVariables } from './server.ts'

export const variables = {
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  METRICS_HOST: host.default('127.0.0.1'),
  METRICS_TOKEN: secret
    .regex(/^[\w.~+/-]{32,200}=*$/, 'must be 32 to 200 letters, digits and -._~+/ (RFC 6750)')
    .refine((value) => !isGuessable(value), 'can be guessed; make one with: openssl rand -hex 32')
    .optional(),
}

type Values = ValuesOf<typeof variables & Pick<typeof serverVariables, 'PORT'>>

export const rules: Rule<Values>[] = [
  {
    at: 'METRICS_PORT',
    holds: (values) => values.METRICS_PORT !== values.PORT || values.PORT === 0,
    error: 'must be another port than PORT',
  },
  {
    at: 'METRICS_TOKEN',
    holds: (values) => values.METRICS_TOKEN === undefined || values.METRICS_PORT !== undefined,
    error: 'needs METRICS_PORT beside it',
  },
]

/** Where Node shows its metrics, and to whom, or undefined where it shows none. Workers ignore it. */
export type MetricsSettings =
  | Readonly<{ host: string; port: number; token: string | undefined }>
  | undefined

export function settings(values: Values): MetricsSettings {
  const { METRICS_PORT: port, METRICS_TOKEN: token } = values
  return port === undefined ? undefined : { host: values.METRICS_HOST, port, token }
}
