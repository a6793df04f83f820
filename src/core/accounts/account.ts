import { sql } from 'drizzle-orm'
import { dateOf, dateOrNull, instant } from '../../database/instants.ts'
import { users } from '../../models/index.ts'
import { type Access, parseAccess } from '../access/permissions.ts'
import { accessOf } from '../access/steps.ts'
import { isEmailVerified } from '../sessions/predicates.ts'

/** What a user writes of the profile. Null for what was never written. */
export type Profile = {
  displayName: string | null
  /** A BCP 47 language tag. */
  locale: string | null
  avatarUrl: string | null
}

/** A JSON object that the service keeps and does not read. */
export type JsonObject = Record<string, unknown>

/** What a user is shown of the account. */
export type Account = Profile &
  Access & {
    id: string
    username: string
    email: string
    isEmailVerified: boolean
    createdAt: Date
    /** Written by the user. */
    userData: JsonObject
    /** Written by admins. */
    appData: JsonObject
    /** Moves with each change of the profile and of the data. */
    version: number
  }

/** What admins are shown of it besides. */
export type AdminAccount = Account & {
  updatedAt: Date
  disabledAt: Date | null
  lastLoginAt: Date | null
  emailVerifiedAt: Date | null
  hasSecondFactor: boolean
}

/** What an account has before anybody writes anything. */
export const NEW_ACCOUNT = {
  isEmailVerified: false,
  displayName: null,
  locale: null,
  avatarUrl: null,
  userData: {},
  appData: {},
  version: 0,
} as const

/** The columns that `accountOf` reads, of a statement over `users`. */
export const accountColumns = () => ({
  id: users.id,
  username: users.username,
  email: users.email,
  isEmailVerified: isEmailVerified(),
  createdAt: instant(users.createdAt).as('created_at'),
  displayName: users.displayName,
  locale: users.locale,
  avatarUrl: users.avatarUrl,
  userData: sql<string | null>`${users.userData}::text`.as('user_data_text'),
  appData: sql<string | null>`${users.appData}::text`.as('app_data_text'),
  version: users.version,
  access: accessOf(users.id).as('access'),
})

type Row = Omit<Account, 'userData' | 'appData' | keyof Access> & {
  userData: string | null
  appData: string | null
  access: string
}

/** Returns the account of a row of `accountColumns`. */
export function accountOf<Found extends Row>({ userData, appData, access, ...row }: Found) {
  return {
    ...row,
    ...parseAccess(access),
    userData: objectOf(userData),
    appData: objectOf(appData),
  }
}

function objectOf(json: string | null): JsonObject {
  return json === null ? {} : JSON.parse(json)
}

/** Returns the account of what `accountAsJson` (account-steps.ts) selects. */
export function accountFromJson(json: string): AdminAccount {
  const { id, username, email, version, ...found } = JSON.parse(json)
  const emailVerifiedAt = dateOrNull(found.email_verified_at)
  return {
    ...{ id, username, email, version },
    isEmailVerified: emailVerifiedAt !== null,
    createdAt: dateOf(found.created_at),
    displayName: found.display_name,
    locale: found.locale,
    avatarUrl: found.avatar_url,
    userData: found.user_data ?? {},
    appData: found.app_data ?? {},
    ...parseAccess(found.access),
    updatedAt: dateOf(found.updated_at),
    disabledAt: dateOrNull(found.disabled_at),
    lastLoginAt: dateOrNull(found.last_login_at),
    emailVerifiedAt,
    hasSecondFactor: found.factor_count > 0,
  }
}
