import { USER } from '../../../core/access/permissions.ts'
import { type AdminAccount, accountFromJson } from '../../../core/accounts/account.ts'
import type { Deps } from '../../../deps.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { afterPrefix } from '../../../utils/prefix.ts'
import { FIRST_UUID, LAST_UUID, uuidAt } from '../../../utils/uuid.ts'
import { searchUsers, selectDisabledUsers, selectUsers, selectUsersOfRole } from './repository.ts'

type Filters = {
  search?: string | undefined
  role?: string | undefined
  state?: 'active' | 'disabled' | undefined
  createdFrom?: Date | undefined
  createdBefore?: Date | undefined
}

/** The key of the last row of a page: the id of a user, or of a search the identifier that was found. */
type After = { id: string } | { identifier: string }

type Page = { users: AdminAccount[]; after: After | null }

/** All instants that a filter may name lie between. */
const ALWAYS = { from: new Date(0), before: new Date('9999-12-31T23:59:59.999Z') }

/** How far an id, made by a clock that follows the database's, may be from `created_at`: far more than it ever is. */
const SLACK_MILLISECONDS = 60_000

const createdBetween = ({ createdFrom, createdBefore }: Filters) => ({
  createdFrom: (createdFrom ?? ALWAYS.from).toISOString(),
  createdBefore: (createdBefore ?? ALWAYS.before).toISOString(),
})

/** The bounds of ids that `created_at` leaves. */
function idsBetween({ createdFrom, createdBefore }: Filters) {
  const { from, before } = {
    from: createdFrom && uuidAt(createdFrom.getTime() - SLACK_MILLISECONDS),
    before: createdBefore && uuidAt(createdBefore.getTime() + SLACK_MILLISECONDS),
  }
  return { firstId: from ?? FIRST_UUID, lastId: before ?? LAST_UUID }
}

/** Everybody has one role, without a row that says so. */
const grantedRole = ({ role }: Filters) => (role === USER ? undefined : role)

/** Returns a page of users, the last created first: those after the one with this id. */
export async function listUsers(
  { db }: Pick<Deps, 'db'>,
  filters: Filters,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Page> {
  const { firstId, lastId } = idsBetween(filters)
  const page = {
    ...createdBetween(filters),
    firstId,
    lastId: after !== undefined && after < lastId ? after : lastId,
    limit: limit + 1,
  }
  const role = grantedRole(filters)
  const state = filters.state ?? null
  const found =
    role !== undefined
      ? await selectUsersOfRole(db, { ...page, role, state })
      : state === 'disabled'
        ? await selectDisabledUsers(db, page)
        : await selectUsers(db, { ...page, state })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return {
    users: rows.map(({ account }) => accountFromJson(account)),
    after: last && found.length > limit ? { id: last.id } : null,
  }
}

/**
 * Returns a page of the users whose username or email begins so, in that order: those after this identifier. It can be
 * shorter than `limit` although more follow, for who is found by both is shown once.
 */
export async function findUsers(
  { db }: Pick<Deps, 'db'>,
  { search = '', ...filters }: Filters,
  { after = '', limit }: { after: string | undefined; limit: number },
): Promise<Page> {
  const from = identifierKey(search)
  const before = afterPrefix(from)
  // Nothing that there is begins so.
  if (before === undefined) return { users: [], after: null }
  const window = 2 * limit + 1
  const found = await searchUsers(db, {
    ...createdBetween(filters),
    ...{ from, before, after, limit: window },
    role: grantedRole(filters) ?? null,
    state: filters.state ?? null,
  })
  const users: AdminAccount[] = []
  let last = ''
  for (const { identifier, isRepeated, account } of found) {
    if (!isRepeated && users.length === limit) return { users, after: { identifier: last } }
    if (!isRepeated) users.push(accountFromJson(account))
    last = identifier
  }
  return { users, after: found.length === window ? { identifier: last } : null }
}
