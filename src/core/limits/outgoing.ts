import { sql } from 'drizzle-orm'
import type { CoreDeps } from '../deps.ts'
import { countedRead } from './counted-read.ts'
import { unlessRefused } from './refuse.ts'
import { clientKey, triesOf } from './tries.ts'

const count = countedRead({
  name: 'count_outgoing',
  params: { client: 'text' },
  find: (db) => db.select({ one: sql<number>`1`.as('one') }).from(sql`(values (1)) as given`),
})

/**
 * Counts a request of a client before another service is asked because of it. Throws `too_many_requests` if there were too
 * many, so that nobody floods that service through this one.
 */
export async function countOutgoing(
  deps: Pick<CoreDeps, 'db' | 'config' | 'pseudonyms' | 'mailer'>,
  ip: string | null,
): Promise<void> {
  const client = await clientKey(deps, ip)
  unlessRefused(
    deps,
    await count(deps.db, { client, tries: await triesOf(deps, 'outgoing', { ip }) }),
  )
}
