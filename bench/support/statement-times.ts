import { sqlClient } from '../../test/support/sql.ts'

/** Patterns that identify the service's hot statements in the server's list. */
const MARKS: [RegExp, string][] = [
  [/^select .*"password_hash"/s, 'select_account_by_username_key'],
  [/^select asked\."sessionId".*\(values.* from "edge_auth"\."sessions"/s, 'select_actor'],
  [/update "edge_auth"\."sessions" set "generation"/, 'use_refresh_token'],
  [/insert into "edge_auth"\."sessions"/, 'open_session'],
]

/** Turns on the server's statistics of statements for this database, if it has the extension. */
export async function trackStatements(url: string): Promise<void> {
  const sql = sqlClient(url)
  const database = new URL(url).pathname.slice(1)
  await sql
    .unsafe('create extension if not exists pg_stat_statements schema public')
    .then(() => sql.unsafe(`alter database ${database} set pg_stat_statements.track = 'top'`))
    .catch(() => {})
  await sql.end()
}

/** Returns the mean milliseconds of each hot statement inside the server. Empty without statistics. */
export async function meanTimes(url: string, minCalls: number): Promise<Map<string, number>> {
  const sql = sqlClient(url)
  const rows = await sql<{ query: string; mean: number }[]>`
    select query, mean_exec_time as mean from public.pg_stat_statements
    join pg_database on pg_database.oid = dbid and datname = current_database()
    where calls >= ${minCalls}`.catch(() => [])
  await sql.end()
  return new Map(
    rows.flatMap(({ query, mean }) => {
      const mark = MARKS.find(([pattern]) => pattern.test(query))
      return mark ? [[mark[1], mean] as const] : []
    }),
  )
}
