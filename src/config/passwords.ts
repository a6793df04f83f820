import { z } from 'zod'
import {
  BREACH_CHECKS,
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
  type PasswordSettings,
} from '../core/passwords/rules.ts'
import { baseUrl, type ValuesOf, wholeNumber } from './kinds.ts'

export const variables = {
  PASSWORD_MIN_LENGTH: wholeNumber(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS / 2).default(
    MIN_PASSWORD_CHARACTERS,
  ),
  BREACH_CHECK: z.enum(BREACH_CHECKS, 'must be off, warn or refuse').default('off'),
  BREACH_CHECK_URL: baseUrl.default('https://api.pwnedpasswords.com'),
}

export function settings(values: ValuesOf<typeof variables>): PasswordSettings {
  return {
    minCharacters: values.PASSWORD_MIN_LENGTH,
    breachCheck: values.BREACH_CHECK,
    breachCheckUrl: values.BREACH_CHECK_URL,
  }
}
