import { eq } from 'drizzle-orm'
import { read } from '../../database/read.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'
import { isUuid } from '../tokens/claims.ts'
import { type AdminAccount, accountFromJson } from './account.ts'
import { accountAsJson } from './account-steps.ts'

const selectAccount = read({
  name: 'select_account',
  params: { userId: 'uuid' },
  find: (db, p) =>
    db
      .select({ id: users.id, account: accountAsJson().as('account') })
      .from(users)
      .where(eq(users.id, p.userId)),
})

/** Returns the account of a user as admins see it. Throws `not_found`, also for what is no id. */
export async function findAccount(
  { db }: Pick<CoreDeps, 'db'>,
  userId: string,
): Promise<AdminAccount> {
  const [found] = isUuid(userId) ? await selectAccount(db, { userId }) : []
  if (!found) throw noSuchUser()
  return accountFromJson(found.account)
}

/** The refusal to act on a user who does not exist. */
export function noSuchUser(): AppError {
  return new AppError('not_found', { detail: 'There is no such user.' })
}
