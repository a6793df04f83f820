import { type SQL, sql } from 'drizzle-orm'
import { literal } from './params.ts'

/**
 * How many rows a list looks at for one page. Filters that no index serves would else read all of a range for the few rows, or
 * none, that they let through.
 */
const ROWS = 1_000

/** The limit of a select whose rows are looked at. As a constant it tells the planner how few they are. */
export const mostLookedAt = () => literal(ROWS) as never

/** True for the last row that is looked at, though more may follow: the next page begins after it, whether it is shown or not. */
export const isLastLookedAt = (...order: SQL[]) =>
  sql<boolean>`(row_number() over (order by ${sql.join(order, sql`, `)}) = ${literal(ROWS)})`.as(
    'is_last',
  )
