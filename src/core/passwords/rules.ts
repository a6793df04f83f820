import type { FieldRefusal } from '../../errors.ts'
import { commonForms, isShortWordWithTail } from './common-forms.ts'

/** The lowest minimum that can be configured. */
export const MIN_PASSWORD_CHARACTERS = 8
export const MAX_PASSWORD_CHARACTERS = 128

/** Whether passwords are looked up in a public list of leaked ones, and what follows for those that are on it. */
export const BREACH_CHECKS = ['off', 'refuse', 'warn'] as const

/** The configured rules for new passwords. */
export type PasswordSettings = Readonly<{
  minCharacters: number
  breachCheck: (typeof BREACH_CHECKS)[number]
  /** Where the list is, without a slash at the end. */
  breachCheckUrl: string
}>

export const TOO_COMMON: FieldRefusal = {
  code: 'too_common',
  detail: 'This password is too common. Choose another one.',
}

/** Normalizes to NFC, so that a password is the same from every keyboard. Changes nothing else (ASVS 6.2.8). */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}

/**
 * Returns why a password is refused whoever's it is, by its length in characters. There are no composition rules (ASVS
 * 6.2.1 to 6.2.11).
 */
export function judgeLength(
  normalized: string,
  { minCharacters }: Pick<PasswordSettings, 'minCharacters'>,
): FieldRefusal | undefined {
  const characters = [...normalized].length
  if (characters < minCharacters) {
    return { code: 'too_short', detail: `Use at least ${minCharacters} characters.` }
  }
  if (characters > MAX_PASSWORD_CHARACTERS) {
    return { code: 'too_long', detail: `Use at most ${MAX_PASSWORD_CHARACTERS} characters.` }
  }
  return undefined
}

let mostUsed: Set<string> | undefined

/**
 * True for a password on the list of the most used, with or without what people put behind such a word. The list is loaded
 * with the first new password, for no start of a service needs it.
 */
export async function isMostUsed(normalized: string): Promise<boolean> {
  if (!mostUsed) {
    const { COMMON_PASSWORDS } = await import('./common-passwords.ts')
    mostUsed = new Set(COMMON_PASSWORDS.split(' '))
  }
  const list = mostUsed
  return commonForms(normalized).some((form) => list.has(form)) || isShortWordWithTail(normalized)
}
