import { readdirSync, readFileSync } from 'node:fs'
import { getTableName } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { PURGES } from '../../src/core/cleanup/purge.ts'
import { drizzleOver } from '../../src/database/drizzle.ts'
import { JOURNAL } from '../../src/database/schema/names.ts'
import { everyStatement } from '../../src/database/statement.ts'
import * as models from '../../src/models/index.ts'
import '../../src/app.ts'
import '../../src/core/access/operator.ts'
import '../../src/core/accounts/password-link.ts'
import '../../src/core/cleanup/clean-up.ts'
import '../../src/core/federation/callback.ts'
import '../../src/core/federation/exchange.ts'
import '../../src/core/federation/start.ts'
import '../../src/core/invitations/invite.ts'
import '../../src/core/outbox/deliver.ts'
import '../../src/core/sessions/by-cookie.ts'
import '../../src/features/admin/audit/repository.ts'
import '../../src/features/account/identities/repository.ts'
import '../../src/features/admin/user-identities/repository.ts'
import '../../src/features/admin/user-list/repository.ts'
import '../../src/features/admin/user-state/repository.ts'

const TABLES = [...Object.values(models).map(getTableName), JOURNAL]
const SRC = new URL('../../src/', import.meta.url)
const MIGRATIONS = new URL('../../drizzle/', import.meta.url)
/** Parameters that say whom a statement is about. */
const ABOUT = /^(sessionIds?|userIds?|targetId|key)$/

/** The builders of statements themselves. */
const DECLARERS = [
  'core/audit/state-change.ts',
  'core/limits/counted-read.ts',
  'database/read.ts',
  'database/statement.ts',
]

const SCHEMA = 'elsewhere'
const { db } = drizzleOver(() => Promise.reject(new Error('nothing is sent here')), {
  schema: SCHEMA,
})
/** Other tests declare some of their own, which are here too where files share a process (npm run test:fast). */
const statements = everyStatement()
  .filter(({ name }) => !name.startsWith('toy_'))
  .map(({ name, kind, prepare }) => ({ name, kind, ...prepare(db).getQuery() }))

/** The text outside of all parentheses, where a statement's own verb stands. */
function outermost(text: string): string {
  let depth = 0
  let outside = ''
  for (const character of text) {
    if (character === ')') depth--
    if (depth === 0) outside += character
    if (character === '(') depth++
  }
  return outside
}

const written = (text: string) =>
  [
    ...text.matchAll(
      /\b(?:insert into|update|delete from) (?:"\w+"\.)?"(\w+)"|purge_audit_events\(/g,
    ),
  ].map(([, table = 'audit_events']) => table)

it('knows all the statements there are', () => {
  const declared = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !DECLARERS.includes(path))
    .map((path) => readFileSync(new URL(path, SRC), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(/\b(statement|read|readMany|stateChange|countedRead)\(\s*\{/g),
    ])
  // One of them is made in two forms, another for each kind of row that cleanup removes but one, one for
  // four failures, one for four indexes of the audit trail, two for three indexes of users, and three for each kind of proof but
  // one: those that open a session, raise one, and are followed by a second factor.
  const more = 1 + (Object.keys(PURGES).length - 2) + 2 + 3
  expect(statements).toHaveLength(declared.length + more + 11)
  expect(new Set(statements.map(({ name }) => name)).size).toBe(statements.length)
})

it('a session is opened by one door', () => {
  const opening = statements.filter(({ sql }) => /insert into "\w+"\."sessions"/.test(sql))
  expect(opening.map(({ name }) => name).sort()).toEqual([
    'open_session',
    'open_session_and_renew_hash',
    'open_session_and_tell',
    'open_session_by_identity',
    'open_session_by_mailed_code',
    'open_session_by_passkey',
    'open_session_by_recovery_code',
    'open_session_by_totp',
  ])
})

/** So that the schema also runs where Postgres' dialect is spoken by others, YugabyteDB and CockroachDB. */
describe.each(statements)('$name', ({ sql, params, kind }) => {
  it('is declared as what it is', () => {
    expect(kind === 'read').toBe(written(sql).length === 0)
    // It may be sent twice, and so must write nothing else.
    if (kind === 'count') expect(new Set(written(sql))).toEqual(new Set(['rate_limits']))
  })

  it('writes no table both by its main verb and by a step', () => {
    const main = written(outermost(sql))
    const steps = written(sql).slice(0, written(sql).length - main.length)
    expect(steps.filter((table) => main.includes(table))).toEqual([])
  })

  // Of two changes to one row in one statement Postgres makes one, and says nothing.
  it('changes no table by two steps', () => {
    const changed = [...sql.matchAll(/\b(?:update|delete from) (?:"\w+"\.)?"(\w+)"/g)]
    const tables = changed.map(([, table]) => table)
    expect(new Set(tables).size).toBe(tables.length)
  })

  it('names no arguments and takes no advisory locks', () => {
    expect(sql).not.toMatch(/=>|advisory/)
  })

  it('names its tables by the schema that is configured, so that no search_path leads elsewhere', () => {
    const named = [...sql.matchAll(/\b(?:from|join|into|update|only) (?:"(\w+)"\.)?"(\w+)"/g)]
    const isTable = (name: string | undefined) => TABLES.includes(name ?? '')
    expect(named.filter(([, schema, name]) => isTable(name) && schema !== SCHEMA)).toEqual([])
    expect(sql).not.toMatch(/edge_auth"|public(?!_key)/)
  })

  it('repeats in its answer whom it was asked about', () => {
    const names = params.map((param) => (param as { name?: string }).name ?? '')
    const repeated = [...outermost(sql).matchAll(/asked\."(\w+)"/g)].map(([, name]) => name)
    const asked = names.filter((name) => ABOUT.test(name))
    expect(asked.filter((name) => !repeated.includes(name))).toEqual([])
  })
})

const migrations = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => readFileSync(new URL(name, MIGRATIONS), 'utf8'))

it('migrations have no triggers, advisory locks or functions but plain SQL that finds all by full names', () => {
  for (const text of migrations) {
    expect(text).not.toMatch(/trigger|plpgsql|advisory/i)
    const made = [...text.matchAll(/create (?:or replace )?function[^$]*/gi)].map(([head]) => head)
    for (const head of made) {
      expect(head).toMatch(/LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp/)
    }
  }
})

it('the index that is scanned by range says ASC: elsewhere the first column of one is hashed', () => {
  const purging = migrations.flatMap((text) => [...text.matchAll(/create index .*"purge_on".*/gi)])
  expect(purging.at(-1)?.[0]).toMatch(/"purge_on" ASC/)
})

it('no migration both alters a table that is in use and builds an index on it', () => {
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql'))
  const heldUp = files.flatMap((file) => {
    const text = readFileSync(new URL(file, MIGRATIONS), 'utf8')
    const tablesOf = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, table]) => table)
    const own = tablesOf(/CREATE TABLE (\S+)/g)
    const altered = tablesOf(/ALTER TABLE (\S+)/g)
    // Both are one transaction: nobody could read the table until the index is built.
    return tablesOf(/CREATE (?:UNIQUE )?INDEX [\s\S]*? ON (\S+)/g)
      .filter((table) => altered.includes(table) && !own.includes(table))
      .map((table) => `${file} ${table}`)
  })
  expect(files.length).toBeGreaterThan(6)
  expect(heldUp).toEqual([])
})
