import { isDuplicate } from '../../database/errors.ts'
import type { AppError } from '../../errors.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import type { JsonObject } from './account.ts'
import { alreadyTaken } from './already-taken.ts'
import type { ProfileField } from './profile-steps.ts'

/** What is to be changed. A field that is missing stays as it is, and null deletes what is there. */
export type ProfileChange = {
  username?: string | undefined
  display_name?: string | null | undefined
  locale?: string | null | undefined
  avatar_url?: string | null | undefined
  user_data?: JsonObject | null | undefined
  app_data?: JsonObject | null | undefined
}

/** The values of `PROFILE_PARAMS`. With `versions` it is changed only if it has one of these. */
export function profileValues(change: ProfileChange, versions: readonly string[] | undefined) {
  const { username, user_data, app_data } = change
  const fields = Object.entries(change).flatMap(([field, value]) =>
    value === undefined ? [] : [field as ProfileField],
  )
  return {
    fields: fields.join(','),
    versions: versions?.join(',') ?? null,
    username: username ?? null,
    usernameKey: username === undefined ? null : identifierKey(username),
    displayName: change.display_name ?? null,
    locale: change.locale ?? null,
    avatarUrl: change.avatar_url ?? null,
    userData: user_data ? JSON.stringify(user_data) : null,
    appData: app_data ? JSON.stringify(app_data) : null,
  }
}

/** The refusal of a username that another account has. */
export function usernameTaken(cause?: unknown): AppError {
  return alreadyTaken({ username: true, email: false }, cause)
}

/** Throws that refusal for a unique violation, and anything else as it is. */
export function refuseTakenUsername(error: unknown): never {
  throw isDuplicate(error) ? usernameTaken(error) : error
}
