import { readFileSync } from 'node:fs'
import pg from 'pg'
import { createDatabase } from './app-postgres.ts'
import type { Undo } from './undo.ts'

type Statement = { text: string; params: string[] }

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

/** A database of 0.1.0 with three people who are logged in. */
export const DUMP = fixture('0.1.0.sql')
/** What 0.1.0 sends to it. */
const STATEMENTS: Record<'me' | 'logIn' | 'signUp' | 'ready', Statement> = JSON.parse(
  fixture('0.1.0-statements.json'),
)

/** Puts the dump into a database that has just been made. */
export async function restoreFormer({
  sql,
}: Pick<Awaited<ReturnType<typeof createDatabase>>, 'sql'>): Promise<void> {
  await sql.unsafe('drop table public.users, public.sessions; drop schema drizzle cascade')
  await sql.unsafe(DUMP)
}

/** A database of 0.1.0, of which no later version knows. */
export async function formerDatabase(undo: Undo) {
  const database = await createDatabase()
  undo.push(database.drop)
  await database.sql.unsafe('drop schema edge_auth cascade')
  await restoreFormer(database)
  return database
}

/** A connection that the end of its database does not break the test with. */
export async function connectAs(undo: Undo, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  undo.push(() => client.end())
  return client
}

/** A client of 0.1.0, which names its statements. */
export async function formerClient(undo: Undo, url: string) {
  const client = await connectAs(undo, url)
  return (name: keyof typeof STATEMENTS, values: Record<string, unknown> = {}) => {
    const { text, params } = STATEMENTS[name]
    return client.query({ name, text, values: params.map((param) => values[param]) })
  }
}
