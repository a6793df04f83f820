import { and, eq, like, sql } from 'drizzle-orm'
import { usableFactors } from '../../../core/factors/predicates.ts'
import { countedRead } from '../../../core/limits/counted-read.ts'
import { isEmailVerified, isLive } from '../../../core/sessions/predicates.ts'
import type { Database } from '../../../database/index.ts'
import type { Placeholders } from '../../../database/params.ts'
import { credentials, sessions, users } from '../../../models/index.ts'

const PARAMS = {
  key: 'text',
  /** The client, as limits name it. */
  client: 'text',
  /** A pattern of the addresses that the client may have, or null if its address is unknown. */
  pattern: 'text?',
} as const

type P = Placeholders<typeof PARAMS>

const accountBy = (column: typeof users.usernameKey | typeof users.emailKey) =>
  countedRead({
    name: `count_log_in_by_${column.name}`,
    params: PARAMS,
    find: (db, p) =>
      db
        .select({
          id: users.id,
          username: users.username,
          email: users.email,
          isEmailVerified: isEmailVerified(),
          epoch: users.sessionEpoch,
          isDisabled: sql<boolean>`${users.disabledAt} is not null`.as('is_disabled'),
          passwordHash: credentials.passwordHash,
          factors: usableFactors(db).as('factors'),
          limitedAs: limitedAs(db, p).as('limited_as'),
        })
        .from(users)
        .innerJoin(credentials, eq(credentials.userId, users.id))
        .where(eq(column, p.key)),
    about: 'limited_as',
  })

/**
 * What the tries to an account count for: the user, whichever identifier was typed. Tries from where the user has a live
 * session count apart, so that strangers cannot keep its owner out; anew with each epoch, which a reset moves.
 */
function limitedAs(db: Database, { client, pattern }: P) {
  const familiar = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, users.id), isLive(), like(sessions.ip, pattern)))
  return sql<string>`${users.id}::text || case when exists ${familiar} then ' ' || ${users.sessionEpoch} || ' ' || ${client} else '' end`
}

/** Counts a log-in, and selects the account of an identifier's canonical form, by the kind of identifier. */
export const countLogin = {
  username: accountBy(users.usernameKey),
  email: accountBy(users.emailKey),
}
