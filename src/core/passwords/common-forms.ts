import { folded } from '../../utils/identifiers.ts'

/** Letters that people replace by what looks like them. */
const LOOK_ALIKES: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
}
const LOOK_ALIKE = /[@431!0$5]/g
/** What is put behind a word to please a rule: years, counts, marks. */
const TAIL = /[^\p{L}]+$/u
const MARKS = /[^\p{L}\p{N}]+$/u

/**
 * Words that are shorter than any password may be, and with digits or marks behind them are tried first all the same, as
 * in Summer2026! or Admin@123.
 */
const SHORT_WORDS = new Set(
  'abc abcd abcde admin admins apple august autumn azerty change changeme data default demo dragon google guest hello india july june letmein login london love march master monday monkey office october pass passwd password qwert qwerty qwertz root secret server service spring summer sunday super system temp test tester testing tiger user welcome winter'.split(
    ' ',
  ),
)

/** True if a password is a short common word with nothing but digits and marks behind it. */
export function isShortWordWithTail(password: string): boolean {
  const form = folded(password)
  const word = form.replace(TAIL, '')
  return SHORT_WORDS.has(word) || SHORT_WORDS.has(withoutLookAlikes(word))
}

/** The forms under which a password may be one of the most used: as it is, and without what pleases rules. */
export function commonForms(password: string): string[] {
  const form = folded(password)
  const unmarked = form.replace(MARKS, '')
  const word = form.replace(TAIL, '')
  const all = [form, unmarked, word, ...[unmarked, word].map(withoutLookAlikes)]
  return [...new Set(all)]
}

/** Reads look-alikes as letters, but for the digits at the end. */
function withoutLookAlikes(text: string): string {
  const [digits = ''] = /\d*$/.exec(text) ?? []
  const word = text.slice(0, text.length - digits.length)
  return word.replaceAll(LOOK_ALIKE, (mark) => LOOK_ALIKES[mark] ?? mark) + digits
}
