import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bash, folderOfCommands } from '../docs/snippets/bash.ts'
import { nameOf } from '../docs/snippets/blocks.ts'
import { blocksOfKind } from '../docs/snippets/of-kind.ts'
import { SECRET } from '../support/app.ts'
import { type DebianPostgres, startDebianPostgres } from '../support/debian.ts'
import { sqlClient } from '../support/sql.ts'

// What the docs do to a Postgres by its own clients, and to a log by jq.

/** Serves until it has said so; the start itself is what a page shows. */
const START = `npm() {
  if [ "$1" != start ]; then command npm "$@"; return; fi
  PORT=0 node dist/node/lib/server.js > served.log 2>&1 &
  for (( tries = 0; tries < 600; tries++ )); do
    if grep -q 'Listening on' served.log; then kill $!; wait $! || true; return; fi
    sleep 0.1
  done
  cat served.log; return 1
}
`
/** A line of the log for each refused log-in, below text as a start writes it. */
const LOG = ['Listening on http://127.0.0.1:8000', ...Array(3).fill('a'), 'b']
  .map((one) =>
    one.length > 1
      ? one
      : JSON.stringify({ event: 'credential_refused', account: one, address: '1' }),
  )
  .join('\n')

let postgres: DebianPostgres
let folder: string
beforeAll(async () => {
  postgres = await startDebianPostgres()
  const sql = sqlClient(postgres.url)
  await sql`create database docs`
  await sql.end()
  folder = folderOfCommands()
  writeFileSync(join(folder, 'service.log'), `${LOG}\n`)
  await bash('npm run -s keys -- new ES256 --file keys.json', { cwd: folder })
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await postgres.stop()
})

const urlOf = (role: string) => `postgres://${role}@127.0.0.1:${postgres.port}/docs`

it.each(blocksOfKind('server').map((block) => [nameOf(block), block] as const))(
  'succeed: %s',
  async (_, { code }) => {
    const env = {
      JWT_SECRET_KEY: SECRET,
      ADMIN_URL: urlOf('postgres'),
      OWNER_URL: urlOf('edge_auth_owner'),
      RUNTIME_URL: urlOf('edge_auth_runtime'),
    }
    // Neon's own server, whose place this one takes.
    const script = code.replaceAll(/'postgres:\/\/…neon[^']*'/g, `'${urlOf('edge_auth_owner')}'`)
    const { stdout } = await bash(START + script, { cwd: folder, env })
    expect(stdout).not.toMatch(/Nothing was done|ERROR/)
    if (code.startsWith('jq ')) expect(stdout).toMatch(/^ +1 b\n +3 a\n +4 1\n$/)
  },
)
