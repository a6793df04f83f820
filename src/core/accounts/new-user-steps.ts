import { type SQL, sql } from 'drizzle-orm'

type Identity = Record<'id' | 'username' | 'usernameKey' | 'email' | 'emailKey', SQL>

const nothing = (type: 'text' | 'uuid' | 'json' | 'timestamptz') => sql`null::${sql.raw(type)}`

/** All columns of a new row of `users`, in the order of their definition. */
export function newUser(
  p: Identity & { displayName?: SQL; locale?: SQL; avatarUrl?: SQL; emailVerifiedAt?: SQL },
) {
  return {
    id: p.id.as('id'),
    username: p.username.as('new_username'),
    usernameKey: p.usernameKey.as('username_key'),
    email: p.email.as('new_email'),
    emailKey: p.emailKey.as('email_key'),
    emailVerifiedAt: (p.emailVerifiedAt ?? nothing('timestamptz')).as('email_verified_at'),
    createdAt: sql`now()`.as('created_at'),
    updatedAt: sql`now()`.as('updated_at'),
    disabledAt: nothing('timestamptz').as('disabled_at'),
    sessionEpoch: sql`0`.as('session_epoch'),
    keptSessionId: nothing('uuid').as('kept_session_id'),
    loginCount: sql`0`.as('login_count'),
    lastLoginAt: nothing('timestamptz').as('last_login_at'),
    displayName: (p.displayName ?? nothing('text')).as('display_name'),
    locale: (p.locale ?? nothing('text')).as('locale'),
    avatarUrl: (p.avatarUrl ?? nothing('text')).as('avatar_url'),
    userData: nothing('json').as('user_data'),
    appData: nothing('json').as('app_data'),
    version: sql`0`.as('version'),
    factorCount: sql`0`.as('factor_count'),
    webauthnUserHandle: nothing('text').as('webauthn_user_handle'),
    accessVersion: sql`0`.as('access_version'),
  }
}
