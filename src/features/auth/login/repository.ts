import { and, eq, isNull } from 'drizzle-orm'
import { read } from '../../../database/read.ts'
import { credentials, users } from '../../../models/index.ts'

const accountBy = (column: typeof users.usernameKey | typeof users.emailKey) =>
  read({
    name: `select_account_by_${column.name}`,
    params: { key: 'text' },
    find: (db, p) =>
      db
        .select({
          id: users.id,
          username: users.username,
          email: users.email,
          epoch: users.sessionEpoch,
          passwordHash: credentials.passwordHash,
        })
        .from(users)
        .innerJoin(credentials, eq(credentials.userId, users.id))
        .where(and(eq(column, p.key), isNull(users.disabledAt))),
  })

/** Selects the account of an identifier's canonical form, with its password hash, by the kind of identifier. */
export const selectAccountBy = {
  username: accountBy(users.usernameKey),
  email: accountBy(users.emailKey),
}
