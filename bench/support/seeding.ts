import { createHash } from 'node:crypto'
import { hashSync } from '@node-rs/argon2'
import { sqlClient } from '../../test/support/sql.ts'

/** The password of all users. To hash a million would take hours and prove nothing. */
export const PASSWORD = 'seven brown benches'
const ARGON2ID = 2
const PER_STATEMENT = 100_000
/** The time of the first key. It is early enough for a million keys, one a millisecond, to lie in the past. */
const EPOCH_MS = Date.UTC(2026, 0, 1)

export const usernameOf = (number: number) => `user${String(number).padStart(7, '0')}`

/**
 * Returns the key that the database made for row `number`. It has the form and order of a UUIDv7, but needs no query.
 */
export function keyOf(kind: 'user' | 'session', number: number): string {
  const digest = createHash('md5').update(`${kind}${number}`).digest('hex')
  const time = (EPOCH_MS + number).toString(16).padStart(12, '0')
  const hex = `${time}7${digest.slice(0, 3)}8${digest.slice(3, 18)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const key = (kind: 'user' | 'session') => `(lpad(to_hex(${EPOCH_MS} + number), 12, '0') || '7'
  || substr(md5('${kind}' || number), 1, 3) || '8' || substr(md5('${kind}' || number), 4, 15))::uuid`

const NAME = "'user' || lpad(number::text, 7, '0')"
const ROWS = 'from generate_series($1::int, $2::int) as number'

const STATEMENTS = [
  `insert into edge_auth.users (id, username, username_key, email, email_key, created_at)
   select ${key('user')}, ${NAME}, ${NAME}, ${NAME} || '@example.org', ${NAME} || '@example.org',
     to_timestamp((${EPOCH_MS} + number) / 1000.0) ${ROWS}`,
  `insert into edge_auth.credentials (user_id, password_hash) select ${key('user')}, $3::text ${ROWS}`,
  `insert into edge_auth.sessions (id, user_id, epoch, issued_at, idle_expires_at, expires_at, purge_on, ip, user_agent)
   select ${key('session')}, ${key('user')}, 0, date_trunc('second', now()),
     now() + interval '1 day', now() + interval '30 days', current_date + 1, '192.0.2.1', 'seed' ${ROWS}`,
]

/** Fills an empty database with users, each with a password and one session, and updates the planner's statistics. */
export async function seed(url: string, users: number): Promise<void> {
  const sql = sqlClient(url)
  try {
    // The rows reference each other by construction. Checking each would double the time.
    await sql`set session_replication_role = replica`
    await sql`set synchronous_commit = off`
    const hash = hashSync(PASSWORD, {
      algorithm: ARGON2ID,
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
    })
    for (let from = 1; from <= users; from += PER_STATEMENT) {
      const to = Math.min(users, from + PER_STATEMENT - 1)
      for (const text of STATEMENTS) {
        await sql.unsafe(text, text.includes('$3') ? [from, to, hash] : [from, to])
      }
    }
    await sql.unsafe('vacuum analyze users, credentials, sessions')
    await sql`checkpoint`
  } finally {
    await sql.end()
  }
}

/** The role of every twentieth user. The first user is an admin, and every hundredth is disabled. */
const ROLE_STATEMENTS = [
  "insert into edge_auth.roles (name) values ('editor')",
  `insert into edge_auth.user_roles (user_id, role) select ${key('user')}, 'editor'
   from generate_series(20, $1::int, 20) as number`,
  `insert into edge_auth.user_roles (user_id, role) select ${key('user')}, 'admin'
   from generate_series(1, least($1::int, 1)) as number`,
  `update edge_auth.users set disabled_at = now() where id in
   (select ${key('user')} from generate_series(100, $1::int, 100) as number)`,
]

/** Events whose ids lie between those of the users, in the same order. Every hundredth failed. */
const EVENTS = `insert into edge_auth.audit_events (id, at, event, outcome, actor_id, subject_id, ip, details)
  select (lpad(to_hex(${EPOCH_MS} + number), 12, '0') || '7' || substr(md5('event' || number || at), 1, 3) || '8'
      || substr(md5('event' || number || at), 4, 15))::uuid,
    to_timestamp((${EPOCH_MS} + number) / 1000.0),
    case when number % 20 = 0 then 'login_failed' when at = 1 then 'user_created' else 'session_opened' end,
    case when number % 20 = 0 then 'failure' else 'success' end,
    ${key('user')}, ${key('user')}, '192.0.2.1', '{}'
  ${ROWS} cross join generate_series(1, $3::int) as at`

/** Gives seeded users roles and an audit trail, of as many events each. */
export async function seedTrail(url: string, users: number, eventsPerUser: number): Promise<void> {
  const sql = sqlClient(url)
  try {
    await sql`set session_replication_role = replica`
    await sql`set synchronous_commit = off`
    for (const text of ROLE_STATEMENTS) await sql.unsafe(text, text.includes('$1') ? [users] : [])
    // An index of all rows at once takes half the time.
    const indexes = await sql<{ name: string; definition: string }[]>`
      select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'edge_auth' and tablename = 'audit_events' and indexname <> 'audit_events_pkey'`
    for (const { name } of indexes) await sql.unsafe(`drop index edge_auth.${name}`)
    for (let from = 1; from <= users; from += PER_STATEMENT) {
      const to = Math.min(users, from + PER_STATEMENT - 1)
      await sql.unsafe(EVENTS, [from, to, eventsPerUser])
    }
    await sql`set maintenance_work_mem = '512MB'`
    for (const { definition } of indexes) await sql.unsafe(definition)
    await sql.unsafe('vacuum analyze users, user_roles, audit_events')
    await sql`checkpoint`
  } finally {
    await sql.end()
  }
}
