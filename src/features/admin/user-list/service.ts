import { USER } from '../../../core/access/permissions.ts'
import { type AdminAccount, accountFromJson } from '../../../core/accounts/account.ts'
import type { Deps } from '../../../deps.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { afterPrefix } from '../../../utils/prefix.ts'
import { FIRST_UUID, LAST_UUID, uuidAt } from '../../../utils/uuid.ts'
import { type Driver, searchFew, searchUsers, selectUsers } from './repository.ts'

type Filters = {
  search?: string | undefined
  role?: string | undefined
  state?: 'active' | 'disabled' | undefined
  createdFrom?: Date | undefined
  createdBefore?: Date | undefined
}

type Asked = { after: string | undefined; limit: number }

/** A user of a list, or the last that was looked at for a page, whether the filters let that one through or not. */
export type Looked = { isFound: boolean; isLast: boolean; account: AdminAccount }

/** All instants that a filter may name lie between. */
const ALWAYS = { from: new Date(0), before: new Date('9999-12-31T23:59:59.999Z') }

/** How far an id, made by a clock that follows the database's, may be from `created_at`: far more than it ever is. */
const SLACK_MILLISECONDS = 60_000

/** The bounds of ids that `created_at` leaves. */
function idsBetween({ createdFrom, createdBefore }: Filters) {
  const { from, before } = {
    from: createdFrom && uuidAt(createdFrom.getTime() - SLACK_MILLISECONDS),
    before: createdBefore && uuidAt(createdBefore.getTime() + SLACK_MILLISECONDS),
  }
  return { firstId: from ?? FIRST_UUID, lastId: before ?? LAST_UUID }
}

/** The filters as the statements take them. */
const filterValues = ({ createdFrom, createdBefore, role, state }: Filters) => ({
  createdFrom: (createdFrom ?? ALWAYS.from).toISOString(),
  createdBefore: (createdBefore ?? ALWAYS.before).toISOString(),
  // Everybody has this role, without a row that says so.
  role: role === USER || role === undefined ? null : role,
  state: state ?? null,
})

function driverOf({ role, state }: ReturnType<typeof filterValues>): Driver {
  if (role !== null) return 'role'
  return state === 'disabled' ? 'disabled' : 'all'
}

/**
 * Returns the users of a page, and one more where more follow; the last created first: those after the one with this id.
 * They can be fewer although more follow, where the filters pass over many.
 */
export async function listUsers(
  { db }: Pick<Deps, 'db'>,
  filters: Filters,
  { after, limit }: Asked,
): Promise<(Looked & { id: string })[]> {
  const { firstId, lastId } = idsBetween(filters)
  const values = filterValues(filters)
  const found = await selectUsers[driverOf(values)](db, {
    ...{ ...values, firstId, limit: limit + 1 },
    lastId: after !== undefined && after < lastId ? after : lastId,
  })
  return found.map((row) => ({ ...row, account: accountFromJson(row.account) }))
}

/**
 * Returns the same of the users whose username or email begins so, in that order: those after this identifier. Where too
 * many begin so, but few pass a filter, it goes by the filter.
 */
export async function findUsers(
  { db }: Pick<Deps, 'db'>,
  { search = '', ...filters }: Filters,
  { after = '', limit }: Asked,
): Promise<(Looked & { identifier: string })[]> {
  const from = identifierKey(search)
  const before = afterPrefix(from)
  // Nothing that there is begins so.
  if (before === undefined) return []
  const values = { ...filterValues(filters), from, before, after, limit: limit + 1 }
  const found = await searchUsers(db, values)
  const isShort = found.length <= limit && found.at(-1)?.isLast === true
  if (isShort && Object.values(filters).some((given) => given !== undefined)) {
    const rows = await searchFew[driverOf(values)](db, { ...values, ...idsBetween(filters) })
    if (rows[0]?.isWhole) return rows.flatMap(foundByFilter)
  }
  return found.map((row) => ({ ...row, account: accountFromJson(row.account) }))
}

function foundByFilter(row: { identifier: string | null; account: string | null }) {
  const { identifier, account } = row
  if (identifier === null || account === null) return []
  return [{ identifier, isFound: true, isLast: false, account: accountFromJson(account) }]
}
