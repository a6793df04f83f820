import { eq, lte, notExists, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { rateLimits } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'

/** The parameter of a statement that counts: what `triesOf` returns. */
export const LIMIT_PARAMS = { tries: 'text' } as const

/** Not now(), which is from before the wait for a row's lock: tries that wait for one row are counted one by one. */
const present = sql`clock_timestamp()`

const microseconds = (count: SQLWrapper) => sql`${count} * interval '1 microsecond'`

/**
 * Counts a try against all its limits, or against none if one of them is used up (GCRA, one upsert for all rows). The step
 * `refused` has a row if one is: its name, and the seconds until the next try. Rows are taken in the order of their keys, so
 * that concurrent statements never wait for each other in a circle. A concurrent try that the statement does not see can
 * use a limit up after all; then the try is refused, and counts against the others. `about` keys what counts for the
 * account that the statement finds. Unless `when` is true nothing is counted, and nothing refused.
 */
export function tryCounted(
  db: Database,
  { tries: given }: { tries: SQL },
  { about, when }: { about?: SQL | undefined; when?: SQL } = {},
) {
  const key = about
    ? sql`case when given.is_about then coalesce(given.name || ' ' || ${about}, given.key) else given.key end`
    : sql`given.key`
  const tries = db.$with('tries').as(
    db
      .select({
        at: sql`given.at`.as('try_at'),
        name: sql<string>`given.name`.as('limit_name'),
        key: sql<string>`${key}`.as('limit_key'),
        interval: microseconds(sql`given.interval_us`).as('try_interval'),
        capacity: microseconds(sql`given.capacity_us`).as('limit_capacity'),
        forgivenUs: sql`given.forgiven_us`.as('forgiven_us'),
      })
      .from(
        sql`jsonb_to_recordset(${given}::jsonb) as given (at int, name text, key text, interval_us float8, capacity_us float8, forgiven_us float8, is_about boolean)`,
      )
      .where(when),
  )
  const states = db.$with('states').as(
    db
      .select({
        at: tries.at,
        name: tries.name,
        key: tries.key,
        /** How long until the next try would pass. Not positive if one would now. */
        wait: sql`(select ${rateLimits.tat} from ${rateLimits} where ${eq(rateLimits.key, tries.key)}) + ${tries.interval} - ${tries.capacity} - ${present}`.as(
          'wait',
        ),
        interval: tries.interval,
      })
      .from(tries),
  )
  const none = sql`interval '0 seconds'`
  const isFull = sql`${states.wait} > ${none}`
  const used = sql`greatest(${rateLimits.tat}, ${present}) + (select ${tries.interval} from ${tries} where ${tries.key} = excluded.key)`
  const free = sql`${present} + (select ${tries.capacity} from ${tries} where ${tries.key} = excluded.key)`
  const counted = db.$with('counted').as(
    db
      .insert(rateLimits)
      .select(
        db
          .select({
            key: tries.key,
            tat: sql`${present} + ${tries.interval}`.as('tat'),
            purgeOn: dayOf(sql`(${present} + ${tries.capacity})`).as('purge_on'),
          })
          .from(tries)
          .where(notExists(db.select({ at: states.at }).from(states).where(isFull)))
          .orderBy(tries.key),
      )
      .onConflictDoUpdate({
        target: rateLimits.key,
        set: { tat: used, purgeOn: sql`excluded.purge_on` },
        setWhere: lte(used, free),
      })
      .returning({ key: rateLimits.key }),
  )
  const refused = db.$with('refused').as(
    db
      .select({
        name: states.name,
        waitSeconds:
          sql<number>`ceil(extract(epoch from case when ${isFull} then ${states.wait} else ${states.interval} end))::int`.as(
            'wait_seconds',
          ),
      })
      .from(states)
      .where(
        notExists(db.select({ key: counted.key }).from(counted).where(eq(counted.key, states.key))),
      )
      .orderBy(sql`${isFull} desc nulls last, ${states.at}`)
      .limit(1),
  )
  const receipt = sql<string>`(select coalesce(jsonb_agg(jsonb_build_object('key', ${tries.key}, 'forgiven_us', ${tries.forgivenUs})), '[]')::text from ${tries})`
  return {
    steps: [tries, states, counted, refused],
    refused,
    /** What `tryForgiven` takes back. */
    receipt,
    /** True for what may happen. */
    passed: notExists(db.select({ name: refused.name }).from(refused)),
  }
}

/** What the step `refused` tells, null where nothing was refused. */
export type Refused = { refusedBy: string | null; waitSeconds: number | null }

/** The columns of an answer that `refuseLimited` reads. */
export function refusedColumns({ name, waitSeconds }: ReturnType<typeof tryCounted>['refused']) {
  return { refusedBy: name, waitSeconds }
}

/** Takes back what a try counted for, if `proof` is true, for instance because its password was right. */
export function tryForgiven(db: Database, { receipt }: { receipt: SQL }, proof: SQL) {
  const forgiving = db.$with('forgiving').as(
    db
      .select({
        key: sql<string>`given.key`.as('limit_key'),
        amount: microseconds(sql`given.forgiven_us`).as('forgiven_amount'),
      })
      .from(sql`jsonb_to_recordset(${receipt}::jsonb) as given (key text, forgiven_us float8)`),
  )
  const forgiven = db.$with('forgiven').as(
    db
      .insert(rateLimits)
      .select(
        db
          .select({
            key: forgiving.key,
            tat: sql`${present}`.as('tat'),
            purgeOn: dayOf(present).as('purge_on'),
          })
          .from(forgiving)
          .where(proof)
          // The order in which tries are counted, too.
          .orderBy(forgiving.key),
      )
      .onConflictDoUpdate({
        target: rateLimits.key,
        set: {
          tat: sql`${rateLimits.tat} - (select ${forgiving.amount} from ${forgiving} where ${forgiving.key} = excluded.key)`,
        },
      })
      .returning({ key: rateLimits.key }),
  )
  return { steps: [forgiving, forgiven], forgiven }
}

/** Forgets all failed log-ins to the users of a step. */
export function loginsForgiven(db: Database, of: Step & { id: SQLWrapper }) {
  return db
    .$with('logins_forgiven')
    .as(
      db
        .delete(rateLimits)
        .where(
          sql`${rateLimits.key} in (select prefix || ' ' || ${of.id}::text from ${of}, (values ('login_account'), ('login_account_checked')) as limits (prefix))`,
        )
        .returning({ key: rateLimits.key }),
    )
}
