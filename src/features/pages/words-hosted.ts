import type { Language } from '../../core/outbox/mails.ts'
import { accountGerman } from './words-account-de.ts'
import { accountEnglish } from './words-account-en.ts'
import { activityGerman } from './words-activity-de.ts'
import { type ActivityWords, activityEnglish } from './words-activity-en.ts'
import { commonGerman } from './words-common-de.ts'
import { commonEnglish } from './words-common-en.ts'
import { entryGerman } from './words-entry-de.ts'
import { entryEnglish } from './words-entry-en.ts'

/** All that the pages for people say in one language. German has exactly what English has, or does not compile. */
export type HostedWords = {
  common: typeof commonEnglish
  entry: typeof entryEnglish
  account: typeof accountEnglish
  activity: ActivityWords
}

export const HOSTED_WORDS: Readonly<Record<Language, HostedWords>> = {
  en: {
    common: commonEnglish,
    entry: entryEnglish,
    account: accountEnglish,
    activity: activityEnglish,
  },
  de: {
    common: commonGerman,
    entry: entryGerman,
    account: accountGerman,
    activity: activityGerman,
  },
}
