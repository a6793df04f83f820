import { and, desc, eq, gte, isNotNull, lt, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { accountAsJson } from '../../../core/accounts/account-steps.ts'
import type { Database } from '../../../database/index.ts'
import { isLastLookedAt, mostLookedAt } from '../../../database/looked-at.ts'
import { literal, type Placeholders } from '../../../database/params.ts'
import { read } from '../../../database/read.ts'
import { userRoles, users } from '../../../models/index.ts'

const FILTERS = {
  /** The bounds of `created_at`, by ISO 8601. */
  createdFrom: 'text',
  createdBefore: 'text',
  role: 'text?',
  state: 'text?',
  limit: 'int',
} as const

/** The bounds of the ids: the first one may be in it, the last one may not. */
const IDS = { firstId: 'uuid', lastId: 'uuid' } as const

const PAGE = { ...IDS, ...FILTERS } as const

type Filters = Placeholders<typeof FILTERS>
type PageParams = Placeholders<typeof PAGE>

/** True for users whom all filters let through. */
function isAsked(p: Filters): SQL | undefined {
  // Looked up for each user: all users of a role can be far more than are looked at.
  const granted = sql`(select true from ${userRoles} where ${eq(userRoles.userId, users.id)} and ${eq(userRoles.role, p.role)})`
  return and(
    sql`${users.createdAt} >= ${p.createdFrom}::timestamptz`,
    sql`${users.createdAt} < ${p.createdBefore}::timestamptz`,
    sql`(${p.state} is null or (${p.state} = ${literal('disabled')}) = (${users.disabledAt} is not null))`,
    sql`(${p.role} is null or coalesce(${granted}, false))`,
  )
}

const within = (id: SQLWrapper, p: PageParams) =>
  and(gte(id as SQL, p.firstId), lt(id as SQL, p.lastId))

const newest = (db: Database, p: PageParams, condition?: SQL) =>
  db
    .select({ id: users.id, isLast: isLastLookedAt(desc(users.id)) })
    .from(users)
    .where(and(within(users.id, p), condition))
    .orderBy(desc(users.id))

/** Whom a list looks at, the last created first: each goes by an index of its own from its first row on. */
const NEWEST = {
  all: (db: Database, p: PageParams) => newest(db, p),
  disabled: (db: Database, p: PageParams) => newest(db, p, isNotNull(users.disabledAt)),
  role: (db: Database, p: PageParams) =>
    db
      .select({ id: userRoles.userId, isLast: isLastLookedAt(desc(userRoles.userId)) })
      .from(userRoles)
      .where(and(eq(userRoles.role, p.role), within(userRoles.userId, p)))
      .orderBy(desc(userRoles.userId)),
}

export type Driver = keyof typeof NEWEST

/**
 * Selects a user who was looked at, if a condition holds. The limit has each looked up by its id, for a merge could read all
 * users between.
 */
function lookedUp<Columns extends Record<string, SQL.Aliased>>(
  db: Database,
  id: SQLWrapper,
  columns: Columns,
  condition: SQL | undefined,
) {
  return db
    .select({ ...columns, account: accountAsJson().as('account') })
    .from(users)
    .where(and(eq(users.id, id), condition))
    .limit(1)
    .as('one')
}

/** The same, or the last who was looked at. */
const foundOrLast = (
  db: Database,
  { id, isLast }: { id: SQLWrapper; isLast: SQLWrapper },
  isFound: SQL<boolean>,
) => lookedUp(db, id, { isFound: isFound.as('is_found') }, or(isFound, sql`${isLast}`))

/** A page of the users that were looked at, the last created first. */
const listBy = (name: string, driver: Driver) =>
  read({
    name,
    params: PAGE,
    find: (db, p) => {
      const looked = NEWEST[driver](db, p).limit(mostLookedAt()).as('looked')
      const one = foundOrLast(db, looked, sql`(${isAsked(p)})`)
      return db
        .select({
          id: looked.id,
          isLast: looked.isLast,
          isFound: one.isFound,
          account: one.account,
        })
        .from(looked)
        .innerJoinLateral(one, sql`true`)
        .orderBy(desc(looked.id))
        .limit(p.limit as never)
    },
    order: ({ id }) => [desc(id)],
  })

/** The lists of users, by what they go by. */
export const selectUsers: Record<Driver, ReturnType<typeof listBy>> = {
  all: listBy('select_users', 'all'),
  disabled: listBy('select_disabled_users', 'disabled'),
  role: listBy('select_users_of_role', 'role'),
}

/** The range of identifiers that begin with what is searched for, and the last one that was shown. */
const SEARCH = { from: 'text', before: 'text', after: 'text', ...FILTERS } as const

type SearchParams = Placeholders<typeof SEARCH>

/** "C" compares bytes, as the index does, and by UTF-8 that is the order of code points. */
const bytes = (key: SQLWrapper) => sql<string>`${key} collate "C"`
const begins = (key: SQLWrapper, p: SearchParams) =>
  sql<boolean>`(${bytes(key)} >= ${p.from} and ${bytes(key)} < ${p.before})`

const beginning = (db: Database, p: SearchParams, key: SQLWrapper, isEmail: SQL<boolean>) =>
  db
    .select({
      id: users.id,
      identifier: bytes(key).as('identifier'),
      isEmail: isEmail.as('is_email'),
    })
    .from(users)
    .where(and(begins(key, p), sql`${bytes(key)} > ${p.after}`))
    .orderBy(bytes(key))
    .limit(mostLookedAt())

/**
 * The usernames and emails that begin with what is searched for, in their order, each with its user. Who is found by both
 * is shown where the username is.
 */
export const searchUsers = read({
  name: 'search_users',
  params: SEARCH,
  find: (db, p) => {
    const both = unionAll(
      beginning(db, p, users.usernameKey, sql<boolean>`false`),
      beginning(db, p, users.emailKey, sql<boolean>`true`),
    )
      .orderBy(sql`identifier`)
      .limit(mostLookedAt())
      .as('both')
    const { id, identifier, isEmail } = both
    const looked = db
      .select({ id, identifier, isEmail, isLast: isLastLookedAt(sql`${identifier}`) })
      .from(both)
      .as('looked')
    const isRepeated = sql`${looked.isEmail} and ${begins(users.usernameKey, p)}`
    const one = foundOrLast(db, looked, sql`(not (${isRepeated}) and ${isAsked(p)})`)
    return db
      .select({
        identifier: sql<string>`${looked.identifier}`.as('found_identifier'),
        ...{ isLast: looked.isLast, isFound: one.isFound, account: one.account },
      })
      .from(looked)
      .innerJoinLateral(one, sql`true`)
      .orderBy(looked.identifier)
      .limit(p.limit as never)
  },
  order: ({ identifier }) => [sql`${identifier} collate "C"`],
})

/**
 * Searches all users of a list instead of a range of identifiers, if they are few enough to be looked at for one page. The
 * rows are those of `searchUsers`, or one without a user where there is none or there are too many.
 */
const searchBy = (name: string, driver: Driver) =>
  read({
    name,
    params: { ...SEARCH, ...IDS },
    find: (db, p) => {
      const few = NEWEST[driver](db, p).limit(mostLookedAt()).as('few')
      const identifier = sql<string>`(case when ${begins(users.usernameKey, p)} then ${users.usernameKey} else ${users.emailKey} end) collate "C"`
      const whole = db
        .select({
          isWhole: sql<boolean>`not coalesce(bool_or(${few.isLast}), false)`.as('is_whole'),
        })
        .from(few)
        .as('whole')
      const one = lookedUp(
        db,
        few.id,
        { identifier: identifier.as('identifier') },
        and(
          or(begins(users.usernameKey, p), begins(users.emailKey, p)),
          sql`${identifier} > ${p.after}`,
          isAsked(p),
        ),
      )
      const page = db
        .select({ identifier: one.identifier, account: one.account })
        .from(few)
        .innerJoinLateral(one, sql`true`)
        .where(sql`${whole.isWhole}`)
        .orderBy(one.identifier)
        .limit(p.limit as never)
        .as('page')
      return db
        .select({
          isWhole: whole.isWhole,
          identifier: sql<string | null>`${page.identifier}`.as('found_identifier'),
          account: page.account,
        })
        .from(whole)
        .leftJoinLateral(page, sql`true`)
    },
    order: ({ identifier }) => [sql`${identifier} collate "C"`],
  })

/** The searches of what the lists go by. */
export const searchFew: Record<Driver, ReturnType<typeof searchBy>> = {
  all: searchBy('search_few_users', 'all'),
  disabled: searchBy('search_few_disabled_users', 'disabled'),
  role: searchBy('search_few_users_of_role', 'role'),
}
