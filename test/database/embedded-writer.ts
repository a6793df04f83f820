// Run by embedded.test.ts: says what it finds, then inserts rows and acknowledges each, for ever.
import { writeSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { connectPglite } from '../../src/database/pglite.ts'

const { db, executor } = await connectPglite({ folder: process.argv[2] ?? '' })
await executor.column('CREATE TABLE IF NOT EXISTS acknowledged (id int PRIMARY KEY, body text)')
const found = (await executor.column('SELECT id FROM acknowledged ORDER BY id')) as number[]
writeSync(1, `found ${JSON.stringify(found)}\n`)

for (let id = (found.at(-1) ?? 0) + 1; ; id++) {
  await db.execute(sql`INSERT INTO acknowledged VALUES (${id}, ${'x'.repeat(id % 3000)})`)
  writeSync(1, `${id}\n`)
}
