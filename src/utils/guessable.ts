/** A key of the fewest bytes that are allowed, written in hexadecimal digits, stays well above. */
const ENOUGH_BITS = 64
const MIN_REPEATED = 3
const MIN_WALK = 3

/** What people type one after the other. Each is read in both directions. */
const KEYBOARD = [
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
]
const WALKS = KEYBOARD.flatMap((row) => [row, [...row].reverse().join('')])

/** Words of examples. One counts as a character does. */
const WORDS =
  'secret password passwort passwd passphrase changeme change replace placeholder example sample default insecure private token signing super keyboard django jwt key your very long string least characters random hello world admin letmein welcome please with correct horse battery staple'.split(
    ' ',
  )

/** What examples say of themselves. It adds nothing to what else there is. */
const PHRASES =
  /(256|384|512)[-_ ]?bits?(?![a-z])|at[-_ ]?least[-_ ]?\d+[-_ ]?(char(acter)?|byte|bit)s?|reallyreally|keyboard ?cat/g

/** A key of FastAPI's guide, which looks random and is known to everybody. */
const PUBLISHED = '09d25e094faa6ca2556c818166b7a956'

/**
 * True if a secret is an example, or repeats itself so much that few guesses find it. Counts what each step through the
 * text adds: a character, or as little as one for a repetition, a sequence, a row of keys or a word of examples.
 */
export function isGuessable(secret: string): boolean {
  const text = secret.toLowerCase().replace(PHRASES, '')
  if (text.startsWith(PUBLISHED)) return true
  const bitsOfOne = Math.log2(new Set(secret).size)
  return stepsThrough(text) * bitsOfOne < ENOUGH_BITS
}

function stepsThrough(text: string): number {
  let steps = 0
  for (let at = 0; at < text.length; steps++) at += lengthOfStep(text, at)
  return steps
}

function lengthOfStep(text: string, at: number): number {
  return Math.max(1, repeated(text, at), inSequence(text, at), onKeyboard(text, at), word(text, at))
}

/** How much from here on was there before, even if both overlap as in `aaaa`. */
function repeated(text: string, at: number): number {
  let length = 0
  while (at + length < text.length) {
    const found = text.indexOf(text.slice(at, at + length + 1))
    if (found === at) break
    length++
  }
  return length >= MIN_REPEATED ? length : 0
}

/** How far the characters go up or down by the same small difference: `abcd`, `9876`, `0000`, `acegi`. */
function inSequence(text: string, at: number): number {
  const difference = (index: number) => text.charCodeAt(index + 1) - text.charCodeAt(index)
  const first = difference(at)
  if (!(Math.abs(first) <= 1)) return 0
  let length = 2
  while (at + length < text.length && difference(at + length - 1) === first) length++
  return length >= MIN_WALK ? length : 0
}

function onKeyboard(text: string, at: number): number {
  let length = 0
  while (at + length < text.length) {
    const next = text.slice(at, at + length + 1)
    if (!WALKS.some((row) => row.includes(next))) break
    length++
  }
  return length >= MIN_WALK + 1 ? length : 0
}

function word(text: string, at: number): number {
  return Math.max(0, ...WORDS.filter((one) => text.startsWith(one, at)).map((one) => one.length))
}
