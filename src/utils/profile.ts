export const DISPLAY_NAME_CHARACTERS = { min: 1, max: 100 }
export const MAX_LOCALE_CHARACTERS = 35
export const MAX_AVATAR_URL_CHARACTERS = 500
/**
 * What changes how the text around it is shown, or stands there unseen: controls, overrides of direction, separators of
 * lines, characters for private use or for none. The two joiners stay, for Persian and for some emoji.
 */
const UNSHOWABLE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]|(?![\u200c\u200d])\p{Cf}/u
/** Something to see, besides marks that stand on other characters. */
const SEEN = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}]/u
const SPACE_OR_CONTROL = /[\p{White_Space}\p{Cc}]/u

/** Returns a name as it is kept, in Unicode's composed form, or undefined if people could not see it as it is. */
export function displayNameOf(typed: string): string | undefined {
  const name = typed.normalize('NFC').trim()
  const { length } = [...name]
  const fits = length >= DISPLAY_NAME_CHARACTERS.min && length <= DISPLAY_NAME_CHARACTERS.max
  return fits && SEEN.test(name) && !UNSHOWABLE.test(name) ? name : undefined
}

/** Returns the canonical form of a language tag (BCP 47), or undefined if it is none. */
export function localeOf(typed: string): string | undefined {
  if (typed.length > MAX_LOCALE_CHARACTERS) return undefined
  try {
    const [tag = ''] = Intl.getCanonicalLocales(typed)
    return tag !== '' && tag.length <= MAX_LOCALE_CHARACTERS ? tag : undefined
  } catch {
    return undefined
  }
}

/** Returns an address as browsers write it, or undefined if it is not by https, or brings a log-in along. */
export function avatarUrlOf(typed: string): string | undefined {
  // A browser drops some of these, and so makes another address of it.
  if (SPACE_OR_CONTROL.test(typed) || !URL.canParse(typed)) return undefined
  const { protocol, username, password, href } = new URL(typed)
  const isPlain = protocol === 'https:' && username === '' && password === ''
  return isPlain && href.length <= MAX_AVATAR_URL_CHARACTERS ? href : undefined
}
