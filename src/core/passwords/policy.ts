import type { FieldRefusal } from '../../errors.ts'
import { folded, identifierKey } from '../../utils/identifiers.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

/** The lowest minimum that can be configured. */
export const MIN_PASSWORD_CHARACTERS = 8
export const MAX_PASSWORD_CHARACTERS = 128

/** The configured rules for new passwords. */
export type PasswordSettings = Readonly<{ minCharacters: number }>

let common: Set<string> | undefined

/** Normalizes to NFC, so that a password is the same from every keyboard. Changes nothing else (ASVS 6.2.8). */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}

/**
 * Returns why a password is refused, or undefined if it is accepted. Checks the length in characters, common passwords
 * and the user's own identifiers. There are no composition rules (ASVS 6.2.1 to 6.2.11).
 */
export function refusePassword(
  normalized: string,
  { minCharacters, identifiers }: PasswordSettings & { identifiers: readonly string[] },
): FieldRefusal | undefined {
  const characters = [...normalized].length
  if (characters < minCharacters) {
    return { code: 'too_short', detail: `Use at least ${minCharacters} characters.` }
  }
  if (characters > MAX_PASSWORD_CHARACTERS) {
    return { code: 'too_long', detail: `Use at most ${MAX_PASSWORD_CHARACTERS} characters.` }
  }
  if (identifiers.includes(identifierKey(normalized))) {
    return {
      code: 'contains_identifier',
      detail: 'The password must not be the username or email.',
    }
  }
  common ??= new Set(COMMON_PASSWORDS.split(' '))
  if (common.has(folded(normalized))) {
    return { code: 'too_common', detail: 'This password is too common. Choose another one.' }
  }
  return undefined
}
