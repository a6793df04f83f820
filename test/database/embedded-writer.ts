// Run by embedded.test.ts: says what it finds, then inserts rows and acknowledges each, for ever.
import { writeSync } from 'node:fs'
import { openEmbedded } from '../../src/database/embedded/open.ts'

const database = await openEmbedded({ folder: process.argv[2] ?? '' })
await database.exec('CREATE TABLE IF NOT EXISTS acknowledged (id int PRIMARY KEY, body text)')
const { rows } = await database.query<{ id: number }>('SELECT id FROM acknowledged ORDER BY id')
const found = rows.map(({ id }) => id)
writeSync(1, `found ${JSON.stringify(found)}\n`)

for (let id = (found.at(-1) ?? 0) + 1; ; id++) {
  await database.query('INSERT INTO acknowledged VALUES ($1, $2)', [id, 'x'.repeat(id % 3000)])
  writeSync(1, `${id}\n`)
}
