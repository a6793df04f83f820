import { z } from 'zod'

/** The parsed values of a concern's variables. */
export type ValuesOf<Variables extends z.ZodRawShape> = z.infer<z.ZodObject<Variables>>

/**
 * A rule about several variables, reported for one of them. It also runs if a variable is wrong, so that all errors are
 * reported at once. Such a value does not have its type, and no rule may fail because of it.
 */
export type Rule<Values> = {
  at: keyof Values & string
  holds: (values: Values) => boolean
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

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
