import { parseArgs } from 'node:util'
import { grants } from '../src/database/schema/grants.ts'
import { databaseConfig } from './database-config.ts'

/** Prints the SQL for a role that migrates and a role that serves. It does not connect to a database. */
const { values } = parseArgs({
  options: {
    owner: { type: 'string', default: 'edge_auth_owner' },
    runtime: { type: 'string', default: 'edge_auth_runtime' },
  },
})
const { owner, runtime } = values
if (owner === runtime) fail('--owner and --runtime must be two roles')
for (const name of [owner, runtime]) {
  // Postgres cuts longer names off, and a line break would end the comment below.
  const isName = /^\P{Cc}+$/u.test(name) && Buffer.byteLength(name) <= 63
  if (!isName) fail('a role is named by 1 to 63 bytes, without control characters')
}

console.log(`-- Run this in the database, as a superuser, or as its owner if that one may make roles (CREATEROLE).
-- It may be run again, before the first migration and after any. Roles that it makes have no password yet:
--   alter role … password '…';
--
-- ${owner} migrates (npm run db:migrate): the schema is its own, and all that it makes in it.
-- ${runtime} serves: it may change rows of these tables, and nothing else. To the audit trail it may only add.
-- Where another role has migrated until now, that one has to go on: npm run -s db:grants -- --owner THAT_ROLE

${grants({ owner, runtime, schema: databaseConfig().schema })}`)

function fail(why: string): never {
  console.error(why)
  process.exit(1)
}
