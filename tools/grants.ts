import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { rights, roles } from '../src/database/grants.ts'

/** Prints the SQL for a role that migrates and a role that serves; it connects to nothing. */
const { values } = parseArgs({
  options: {
    owner: { type: 'string', default: 'edge_auth_owner' },
    runtime: { type: 'string', default: 'edge_auth_runtime' },
  },
})
const { database } = parseConfig({
  ...process.env,
  JWT_ALGORITHM: 'HS256',
  JWT_SECRET_KEY: crypto.randomUUID(),
})
const names = { ...values, schema: database.schema }

console.log(`-- Run this in the database, as its owner or a superuser.

-- Two roles; leave out what there is. Give them passwords: alter role … password '…';
${roles(names)}

-- ${names.owner} migrates (npm run db:migrate): the schema is its own, and all that is in it.
-- ${names.runtime} serves: rows of what is there and of what migrations will add, and nothing else.
-- An installation that another role has migrated stays that role's: npm run db:grants -- --owner THAT_ROLE
${rights(names)}`)
