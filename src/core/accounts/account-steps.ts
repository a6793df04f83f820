import { type SQL, sql } from 'drizzle-orm'
import { microseconds } from '../../database/instants.ts'
import { users } from '../../models/index.ts'
import { accessOf } from '../access/steps.ts'

/** The whole account of a row of `users` as one text that is never null. `accountFromJson` reads it. */
export function accountAsJson(): SQL<string> {
  return sql<string>`json_build_object(
    'id', ${users.id}, 'username', ${users.username}, 'email', ${users.email},
    'created_at', ${microseconds(users.createdAt)}, 'updated_at', ${microseconds(users.updatedAt)},
    'disabled_at', ${microseconds(users.disabledAt)}, 'last_login_at', ${microseconds(users.lastLoginAt)},
    'email_verified_at', ${microseconds(users.emailVerifiedAt)}, 'factor_count', ${users.factorCount},
    'display_name', ${users.displayName}, 'locale', ${users.locale}, 'avatar_url', ${users.avatarUrl},
    'user_data', ${users.userData}, 'app_data', ${users.appData}, 'version', ${users.version},
    'access', ${accessOf(users.id)}
  )::text`
}
