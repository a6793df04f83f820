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

/** The ids of the providers that are configured, by spaces: an identity of another logs in nobody. */
export function providerIds({ providers }: { providers: Providers }): string {
  return providers.list.map(({ id }) => id).join(' ')
}

/** The same, with their names as mails of a statement tell them: of others it tells the id. */
export function providerValues({ providers }: { providers: Providers }) {
  const names = Object.fromEntries(providers.list.map(({ id, name }) => [id, name]))
  return { providers: providerIds({ providers }), providerNames: JSON.stringify(names) }
}
