import { and, desc, eq, gte, isNotNull, lt, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { accountAsJson } from '../../../core/accounts/account-steps.ts'
import type { Database } from '../../../database/index.ts'
import { literal, type Placeholders } from '../../../database/params.ts'
import { read } from '../../../database/read.ts'
import { userRoles, users } from '../../../models/index.ts'

/** Each driver of the list has a statement of its own, so that it goes by an index of its own from its first row on. */
const PAGE = {
  /** The bounds of the ids: the first one may be in it, the last one may not. */
  firstId: 'uuid',
  lastId: 'uuid',
  /** The bounds of `created_at`, by ISO 8601. */
  createdFrom: 'text',
  createdBefore: 'text',
  limit: 'int',
} as const

type PageParams = Placeholders<typeof PAGE>
type Created = Pick<PageParams, 'createdFrom' | 'createdBefore'>

const within = (id: SQLWrapper, p: PageParams) =>
  and(gte(id as SQL, p.firstId), lt(id as SQL, p.lastId), isCreated(p))

function isCreated(p: Created): SQL | undefined {
  return and(
    sql`${users.createdAt} >= ${p.createdFrom}::timestamptz`,
    sql`${users.createdAt} < ${p.createdBefore}::timestamptz`,
  )
}

/** True for users in a state, or for all where it is null. */
const isIn = (state: SQL) =>
  sql`(${state} is null or (${state} = ${literal('disabled')}) = (${users.disabledAt} is not null))`

/** True for users with a role, or for all where it is null. */
const has = (role: SQL) =>
  sql`(${role} is null or exists (select from ${userRoles} where ${eq(userRoles.userId, users.id)} and ${eq(userRoles.role, role)}))`

const columns = () => ({ id: users.id, account: accountAsJson().as('account') })

/** All users, or those who are not disabled, the last created first. */
export const selectUsers = read({
  name: 'select_users',
  params: { ...PAGE, state: 'text?' },
  find: (db, p) =>
    db
      .select(columns())
      .from(users)
      .where(and(within(users.id, p), isIn(p.state)))
      .orderBy(desc(users.id))
      .limit(p.limit as never),
  order: ({ id }) => [desc(id)],
})

/** The users who are disabled. */
export const selectDisabledUsers = read({
  name: 'select_disabled_users',
  params: PAGE,
  find: (db, p) =>
    db
      .select(columns())
      .from(users)
      .where(and(within(users.id, p), isNotNull(users.disabledAt)))
      .orderBy(desc(users.id))
      .limit(p.limit as never),
  order: ({ id }) => [desc(id)],
})

/** The users who were granted a role. */
export const selectUsersOfRole = read({
  name: 'select_users_of_role',
  params: { ...PAGE, role: 'text', state: 'text?' },
  find: (db, p) =>
    db
      .select(columns())
      .from(userRoles)
      .innerJoin(users, eq(users.id, userRoles.userId))
      .where(and(eq(userRoles.role, p.role), within(userRoles.userId, p), isIn(p.state)))
      .orderBy(desc(userRoles.userId))
      .limit(p.limit as never),
  order: ({ id }) => [desc(id)],
})

const SEARCH = {
  /** The range of identifiers that begin with what is searched for, and the last one that was shown. */
  from: 'text',
  before: 'text',
  after: 'text',
  createdFrom: 'text',
  createdBefore: 'text',
  role: 'text?',
  state: 'text?',
  limit: 'int',
} as const

type SearchParams = Placeholders<typeof SEARCH>

/** "C" compares bytes, as the index does, and by UTF-8 that is the order of code points. */
const bytes = (key: SQLWrapper) => sql<string>`${key} collate "C"`
const begins = (key: SQLWrapper, p: SearchParams) =>
  sql<boolean>`(${bytes(key)} >= ${p.from} and ${bytes(key)} < ${p.before})`

function matchesOf(db: Database, p: SearchParams, key: SQLWrapper, isRepeated: SQL<boolean>) {
  return db
    .select({
      id: users.id,
      identifier: bytes(key).as('identifier'),
      isRepeated: isRepeated.as('is_repeated'),
    })
    .from(users)
    .where(
      and(
        begins(key, p),
        sql`${bytes(key)} > ${p.after}`,
        isCreated(p),
        isIn(p.state),
        has(p.role),
      ),
    )
    .orderBy(bytes(key))
    .limit(p.limit as never)
}

/**
 * The usernames and emails that begin with what is searched for, in their order, each with its user. Who is found by both
 * is there twice, and `isRepeated` where the email is: to leave them out here would read all of a range for one page.
 */
export const searchUsers = read({
  name: 'search_users',
  params: SEARCH,
  find: (db, p) => {
    const matches = unionAll(
      matchesOf(db, p, users.usernameKey, sql<boolean>`false`),
      matchesOf(db, p, users.emailKey, begins(users.usernameKey, p)),
    )
      .orderBy(sql`identifier`)
      .limit(p.limit as never)
      .as('matches')
    return db
      .select({
        identifier: sql<string>`${matches.identifier}`.as('found_identifier'),
        isRepeated: sql<boolean>`${matches.isRepeated}`.as('found_is_repeated'),
        account: accountAsJson().as('account'),
      })
      .from(matches)
      .innerJoin(users, eq(users.id, matches.id))
  },
  order: ({ identifier }) => [sql`${identifier} collate "C"`],
})
