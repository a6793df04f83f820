import { z } from 'zod'
import { isLoopbackHost } from '../utils/loopback.ts'

/** The parsed values of a concern's variables. */
export type ValuesOf<Variables extends z.ZodRawShape> = z.infer<z.ZodObject<Variables>>

/**
 * A rule about several variables, reported for one of them. It also runs if a variable is wrong, so that all errors are
 * reported at once. Such a value does not have its type, and no rule may fail because of it. `given` is the whole
 * environment, for rules that ask about variables of others, such as NODE_ENV.
 */
export type Rule<Values> = {
  at: keyof Values & string
  holds: (values: Values, given: Record<string, unknown>) => boolean
  error: string
}

const digits = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)

export const wholeNumber = (min: number, max: number) =>
  digits.refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)

const someText = z.string().trim().min(1, 'must not be empty')

export const text = (max: number) => someText.max(max, 'is too long')

export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'], 'must be true or false')
    .transform((value) => value === 'true' || value === '1')
    .default(fallback)

const PLACEHOLDER =
  /(?<![a-z])(your[-_ ]?(jwt[-_ ]?)?(secret|(api[-_ ]?)?key|password)|(change|replace)[-_ ]?(me|this|it|with)|placeholder)(?![a-z])/i

/** A secret that is none of those that stand in examples. */
export const secret = z
  .string()
  .refine((value) => !PLACEHOLDER.test(value), 'is still a placeholder')

const MAX_URL_CHARACTERS = 500

/** The beginning of URLs, without the slash at its end. Secrets are in what follows, so that it must be encrypted. */
export const baseUrl = z
  .string()
  .max(MAX_URL_CHARACTERS, 'is too long')
  .transform((written, context) => {
    const base = baseOf(written)
    if (base !== undefined) return base
    context.addIssue(
      'must be a URL such as https://auth.example.org, perhaps with a path, with no ? and #; http is for this machine alone',
    )
    return z.NEVER
  })

function baseOf(written: string): string | undefined {
  return safeUrl(written, /[?#\\\s]/)?.href.replace(/\/+$/, '')
}

/** Returns an https URL, or one of this machine, that has no credentials and no such character. Undefined for any other text. */
export function safeUrl(text: string, without: RegExp): URL | undefined {
  if (text.length > MAX_URL_CHARACTERS || without.test(text) || !isHttpUrl(text)) return undefined
  const url = new URL(text)
  const isSafe = url.protocol === 'https:' || isLoopbackHost(url.hostname)
  return isSafe && !url.username && !url.password ? url : undefined
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
