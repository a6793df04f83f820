import { z } from 'zod'
import { baseUrl, type Rule, secret, type ValuesOf } from './kinds.ts'

/** Cloudflare's keys for tests, one of which takes whatever it is asked about. */
const FOR_TESTS = /^[123]x0+AA$/

export const variables = {
  TURNSTILE_SECRET_KEY: secret
    .regex(/^[!-~]{20,200}$/, 'must be the secret key of a widget')
    .refine((value) => !/x{6}$/i.test(value), 'is still a placeholder')
    .optional(),
  TURNSTILE_SITE_KEY: z
    .string()
    .regex(/^[\w-]{10,100}$/, 'must be the site key of a widget')
    .optional(),
  TURNSTILE_URL: baseUrl.default('https://challenges.cloudflare.com/turnstile/v0/siteverify'),
}

type Values = ValuesOf<typeof variables>

export const rules: Rule<Values>[] = [
  {
    at: 'TURNSTILE_SECRET_KEY',
    holds: ({ TURNSTILE_SECRET_KEY: key }, given) =>
      given.NODE_ENV !== 'production' || !isForTests(key),
    error: 'is one of the keys for tests, which must not be used with NODE_ENV=production',
  },
]

/** Who is asked whether a person is asking. Nobody is without a key. */
export type TurnstileSettings = Readonly<{
  secretKey: string | undefined
  /** By which pages show the widget. It is public. */
  siteKey?: string | undefined
  url: string
}>

export function settings(values: Values): TurnstileSettings {
  return {
    secretKey: values.TURNSTILE_SECRET_KEY,
    siteKey: values.TURNSTILE_SITE_KEY,
    url: values.TURNSTILE_URL,
  }
}

/** True for a key that checks nothing. */
export function isForTests(secretKey: string | undefined): boolean {
  return typeof secretKey === 'string' && FOR_TESTS.test(secretKey)
}
