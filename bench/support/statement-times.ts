import { sqlClient } from '../../test/support/sql.ts'

/** By what each of the service's hot statements is known in the server's list. */
const MARKS: [RegExp, string][] = [
  [/^select .*"password_hash"/s, 'select_account_by_username_key'],
  [/^select asked\."sessionId".* from "edge_auth"\."sessions"/s, 'select_actors'],
  [/update "edge_auth"\."sessions" set "generation"/, 'compare_and_set_generation'],
  [/insert into "edge_auth"\."sessions"/, 'open_session'],
]

/** Lets the server keep count for this database, where it was started with the means to. */
export async function trackStatements(url: string): Promise<void> {
  const sql = sqlClient(url)
  const database = new URL(url).pathname.slice(1)
  await sql
    .unsafe('create extension if not exists pg_stat_statements schema public')
    .then(() => sql.unsafe(`alter database ${database} set pg_stat_statements.track = 'top'`))
    .catch(() => {})
  await sql.end()
}

/** Milliseconds that each hot statement took inside the server; empty where it kept no count. */
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
