import { folded, identifierKey } from '../../utils/identifiers.ts'

/** The canonical forms of what somebody logs in by. */
export type Identifiers = { usernameKey: string; emailKey: string }

/** Shorter words are in too many passwords by chance. */
const MIN_WORD_CHARACTERS = 3
/** Whatever is no letter, mark or digit. */
const SEPARATORS = /[^\p{L}\p{M}\p{N}]+/gu

/**
 * True if a password has a word in it that is tried first for this account: the username, the email or what is before its
 * at sign, with or without a plus tag, and the project's name. In any case and Unicode form, and whatever separates the
 * letters.
 */
export function containsOwnWord(
  password: string,
  { usernameKey, emailKey }: Identifiers,
  projectName: string,
): boolean {
  const local = emailKey.slice(0, emailKey.lastIndexOf('@'))
  const [untagged = local] = local.split('+')
  const words = [usernameKey, emailKey, local, untagged, folded(projectName)]
  // The key has the domain of an email in ASCII, as the account has it.
  const plain = [folded(password), identifierKey(password)]
  const squeezed = plain.map(withoutSeparators)
  return words.some((word) => isIn(word, plain) || isIn(withoutSeparators(word), squeezed))
}

function isIn(word: string, texts: string[]): boolean {
  return [...word].length >= MIN_WORD_CHARACTERS && texts.some((text) => text.includes(word))
}

function withoutSeparators(text: string): string {
  return text.replaceAll(SEPARATORS, '')
}
