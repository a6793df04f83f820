import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { accountAsJson } from './account-steps.ts'

/** The parameters of a change of a profile. `fields` names what is changed, by commas; null deletes it. */
export const PROFILE_PARAMS = {
  fields: 'text',
  /** The versions that may be changed, by commas; null for whichever there is. */
  versions: 'text?',
  username: 'text?',
  usernameKey: 'text?',
  displayName: 'text?',
  locale: 'text?',
  avatarUrl: 'text?',
  userData: 'text?',
  appData: 'text?',
} as const

/** The fields of a profile, as the API and the audit trail call them. */
export type ProfileField =
  | 'username'
  | 'display_name'
  | 'locale'
  | 'avatar_url'
  | 'user_data'
  | 'app_data'

type P = Placeholders<typeof PROFILE_PARAMS>

/**
 * Changes the profile of a user whom an earlier step found, if it has one of the versions that the caller knows. Of
 * concurrent changes of one version one is made. `changed` has the whole account.
 */
export function profileChanged(db: Database, of: Step, userId: SQLWrapper, p: P, when?: SQL) {
  const among = (list: SQL, one: SQLWrapper) => sql`${one} = any(string_to_array(${list}, ','))`
  const changed = (field: ProfileField, value: SQL, column: SQLWrapper) =>
    sql`case when ${among(p.fields, literal(field))} then ${value} else ${column} end`
  const step = db.$with('changed').as(
    db
      .update(users)
      .set({
        username: changed('username', p.username, users.username),
        usernameKey: changed('username', p.usernameKey, users.usernameKey),
        displayName: changed('display_name', p.displayName, users.displayName),
        locale: changed('locale', p.locale, users.locale),
        avatarUrl: changed('avatar_url', p.avatarUrl, users.avatarUrl),
        userData: changed('user_data', sql`${p.userData}::json`, users.userData),
        appData: changed('app_data', sql`${p.appData}::json`, users.appData),
        version: sql`${users.version} + 1`,
        updatedAt: sql`now()`,
      })
      .from(of)
      .where(
        and(
          eq(users.id, userId),
          sql`(${p.versions} is null or ${among(p.versions, sql`${users.version}::text`)})`,
          when,
        ),
      )
      .returning({
        id: users.id,
        account: accountAsJson().as('account'),
      }),
  )
  return {
    changed: step,
    /** What the audit trail says of it: names of fields alone, for the values are personal and it outlives the account. */
    details: { fields: p.fields },
  }
}
