import { isUsername, shownUsername, USERNAME_CHARACTERS } from '../../utils/identifiers.ts'
import type { ProviderProfile } from './provider.ts'

/** Two letters before a character say whether it may stand within a username. */
const BEFORE = 'aa'
const SPACES = /\s+/g
const NOT_A_START = /^[_.-]+/
const NOT_AN_END = /[_.-]+$/
const SUFFIX_CHARACTERS = 6
/** Without vowels, so that no words come of it, and without what looks alike. */
const SUFFIX_ALPHABET = 'bcdfghjkmnpqrstvwxz23456789'
const SUFFIXED = 4

/** Returns what of a text may be a username, or undefined if too little is left. */
function fitted(text: string | null | undefined): string | undefined {
  const spaced = shownUsername(text ?? '')
    .trim()
    .replaceAll(SPACES, '.')
  const allowed = [...spaced].filter((character) => isUsername(BEFORE + character))
  const begun = allowed.join('').replace(NOT_A_START, '')
  const name = cut(begun, USERNAME_CHARACTERS.max)
  return isUsername(name) ? name : undefined
}

function cut(name: string, characters: number): string {
  return [...name].slice(0, characters).join('').replace(NOT_AN_END, '')
}

/** A number below 2^32 by chance leans to none of so few characters by more than a billionth. */
function suffix(): string {
  const random = crypto.getRandomValues(new Uint32Array(SUFFIX_CHARACTERS))
  return [...random].map((one) => SUFFIX_ALPHABET[one % SUFFIX_ALPHABET.length]).join('')
}

/**
 * Returns usernames for somebody whom a provider describes, the best first: as the provider calls them, what stands before
 * the at sign, the name; then with characters by chance, so that one of them is free.
 */
export function usernameCandidates({
  username,
  email,
  displayName,
}: Pick<ProviderProfile, 'username' | 'email' | 'displayName'>): string[] {
  const local = email?.slice(0, email.lastIndexOf('@'))
  const names = [username, local, displayName].map(fitted).filter((name) => name !== undefined)
  const stem = cut(names[0] ?? 'user', USERNAME_CHARACTERS.max - SUFFIX_CHARACTERS - 1)
  const suffixed = Array.from({ length: SUFFIXED }, () => `${stem}-${suffix()}`)
  return [...new Set([...names, ...suffixed])]
}
