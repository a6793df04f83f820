import { AppError } from '../../errors.ts'
import type { Providers } from './provider.ts'

/** What the statement tells (`unlinkColumns`). */
type Outcome = { linkedId: string | null; isSpare: boolean | null; deletedId: string | null }

/**
 * True if the identity was unlinked; false where the user was changed meanwhile. Throws `not_found` where the user has none
 * of this id, `last_credential` where nothing would be left to log in by.
 */
export function isUnlinked({ linkedId, isSpare, deletedId }: Outcome): boolean {
  if (linkedId === null) throw noSuchIdentity()
  if (!isSpare) throw new AppError('last_credential')
  return deletedId !== null
}

/** The refusal to unlink what the user does not have. */
export function noSuchIdentity(): AppError {
  return new AppError('not_found', { detail: 'There is no such linked account.' })
}

/** What providers are called, as mails of a statement name them: those that are configured no longer by their ids. */
export function providerNames({ providers }: { providers: Providers }): string {
  return JSON.stringify(Object.fromEntries(providers.list.map(({ id, name }) => [id, name])))
}
