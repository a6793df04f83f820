import {
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
  type PasswordSettings,
} from '../core/passwords/policy.ts'
import { type ValuesOf, wholeNumber } from './kinds.ts'

export const variables = {
  PASSWORD_MIN_LENGTH: wholeNumber(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS / 2).default(
    MIN_PASSWORD_CHARACTERS,
  ),
}

export function settings(values: ValuesOf<typeof variables>): PasswordSettings {
  return { minCharacters: values.PASSWORD_MIN_LENGTH }
}
