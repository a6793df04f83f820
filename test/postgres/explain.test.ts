import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { keyOf, seed, usernameOf } from '../../bench/support/seeding.ts'
import { drizzleOver } from '../../src/database/drizzle.ts'
import type { Database } from '../../src/database/index.ts'
import { migrate } from '../../src/database/migrate.ts'
import type { Sent } from '../../src/database/send.ts'
import { everyStatement } from '../../src/database/statement.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { FIRST_UUID, LAST_UUID, uuidv7 } from '../../src/utils/uuid.ts'
import { type SqlClient, sqlClient } from '../support/sql.ts'
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

/** Enough rows for the planner to leave a sequential scan by itself. */
const USERS = 20_000
const USER = 12_345
const NAME = `explain_${process.pid}`
const TABLES = [
  'users',
  'credentials',
  'sessions',
  'one_time_tokens',
  'outbox',
  'rate_limits',
  'invitations',
  'audit_events',
  'user_roles',
  'identities',
]

type Explained = { 'QUERY PLAN': { Plan: Plan }[] }
type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Plan[]
}

const userId = keyOf('user', USER)
const sessionId = keyOf('session', USER)
const caller = { sessionId, userId }
const client = { ip: null, userAgent: null }
const times = { issuedAt: new Date(), idleSeconds: 3600 }
const newSession = {
  ...caller,
  ...client,
  ...times,
  sessionId: uuidv7(Date.now()),
  epoch: 0,
  lifetimeSeconds: 3600,
  maxOthers: 49,
  requiresVerifiedEmail: false,
  receipt: '[]',
  ...{ aal: 1, amr: 'pwd', mfaPolicy: 'admins', transport: 'bearer' },
}
const tries = JSON.stringify([
  { at: 0, name: 'a', key: 'a 1', interval_us: 1, capacity_us: 10, is_about: false },
])
const visitor = { client: 'c', pattern: '192.0.2.1', tries }
const newHash = { oldHash: '$', newHash: '$$' }
const name = { username: 'newcomer', usernameKey: 'newcomer' }
const mail = { mailId: uuidv7(Date.now()), language: 'en' }
const token = { tokenId: keyOf('session', USER), userId }
const mailed = { tokenId: uuidv7(Date.now()), emailKey: `${usernameOf(USER)}@example.org` }
const newcomer = { ...name, email: 'n@example.org', emailKey: 'n@example.org', passwordHash: '$' }

const someone = keyOf('user', USER + 1)
const pageOfUsers = {
  firstId: FIRST_UUID,
  lastId: LAST_UUID,
  createdFrom: '1970-01-01T00:00:00.000Z',
  createdBefore: '9999-12-31T23:59:59.999Z',
  limit: 51,
  ...{ role: null, state: null },
}
const search = {
  ...{ from: 'user001', before: 'user002', after: 'user00112', limit: 51 },
  ...{ createdFrom: pageOfUsers.createdFrom, createdBefore: pageOfUsers.createdBefore },
  ...{ role: 'many', state: 'disabled' },
}
const searchOfFew = { ...pageOfUsers, ...search }
const profile = {
  ...{ fields: 'username,display_name,user_data', versions: '0,1', username: 'newcomer' },
  ...{ usernameKey: 'newcomer', displayName: 'New', locale: null, avatarUrl: null },
  ...{ userData: '{}', appData: null },
}
const createdUser = () => ({
  ...{
    ...name,
    email: 'n@example.org',
    emailKey: 'n@example.org',
    displayName: null,
    locale: null,
  },
  ...{ id: uuidv7(Date.now()), tokenId: uuidv7(Date.now()), roles: 'admin', roleCount: 1, tries },
  ...anotherMail(),
})

const unlinking = { identityId: keyOf('session', USER), providers: '', providerNames: '{}' }

/** Of what admins do to users and roles, and the operator with them. */
function valuesOfActing(): Record<string, Record<string, unknown>> {
  const acting = { ...caller, targetId: someone }
  const role = { name: 'many', description: '', permissions: 'posts:write' }
  return {
    disable_user: { ...acting, providers: '' },
    enable_user: acting,
    verify_user_email: acting,
    mail_user_reset: { ...acting, ...anotherMail(), tokenId: uuidv7(Date.now()), tries },
    remove_user: { ...acting, providers: '', ...anotherMail() },
    remove_user_factors: { ...acting, ...anotherMail() },
    remove_factors_as_operator: { targetId: someone },
    unlink_user_identity: { ...acting, ...unlinking, ...anotherMail() },
    end_user_session: { ...acting, endedId: sessionId },
    end_user_sessions: acting,
    grant_role_as_admin: { ...acting, role: 'many' },
    revoke_role_as_admin: { ...acting, role: 'admin', providers: '' },
    grant_role_as_operator: { targetId: someone, role: 'many' },
    revoke_role_as_operator: { targetId: someone, role: 'admin' },
    issue_password_link_as_operator: { targetId: someone, tokenId: uuidv7(Date.now()) },
    select_user_id: { key: usernameOf(USER) },
    select_admins: { limit: 1000 },
    insert_role: { ...caller, ...role, role: 'none_yet' },
    update_role: { ...caller, ...role, role: 'many' },
    delete_role: { ...caller, role: 'many' },
  }
}

/** Of a session that goes on at what was proven once more. */
function valuesOfRaising(): Record<string, Record<string, unknown>> {
  const raising = { ...caller, ...times, raisedAal: 2, raisedAmr: 'otp' }
  const used = { ...raising, receipt: '[]', spentIds: 'a b', spentUntil: new Date() }
  return {
    raise_session_by_password: { ...raising, checkedHash: '$' },
    raise_session_by_totp: { ...used, totpStep: 1, resealedSecret: null },
    raise_session_by_recovery_code: { ...used, ...client, ...anotherMail(), codeMacs: 'a b' },
    raise_session_by_passkey: {
      ...{ ...used, passkeyId: keyOf('session', USER) },
      ...{ passkeyCounter: '1', isBackedUp: true },
    },
  }
}

const page = { above: FIRST_UUID, below: LAST_UUID, most: 51 }
const trail = { ...caller, ...page, subjectId: null, actorId: null, events: null }
const failure = {
  ...{ subjectId: userId, actorId: null, sessionId, reason: null, limit: null, account: null },
  tries,
}

function anotherMail() {
  return { mailId: uuidv7(Date.now()), language: 'en' }
}

const spending = { spentIds: 'one other', spentUntil: new Date() }
const asked = {
  ...{ userId, epoch: 0, amr: 'pwd', receipt: '[]' },
  ...{ oldHash: null, newHash: null },
}

/** A session that is opened by what works once. */
function byFactor() {
  const opened = { ...newSession, sessionId: uuidv7(Date.now()), aal: 2, amr: 'pwd otp mfa' }
  return { ...opened, ...anotherMail(), ...spending, tries, oldHash: null, newHash: null }
}

/** The request that a state change is due to. */
const REQUEST = { auditRequestId: null, auditIp: null }

const passkey = { passkeyId: keyOf('session', USER), passkeyCounter: '1' }

/** Of passkeys. */
function valuesOfPasskeys(): Record<string, Record<string, unknown>> {
  const told = { ...client, ...anotherMail(), tries }
  return {
    count_passkey: { credentialId: 'c', tries },
    select_registering: caller,
    store_passkey: {
      ...{ ...caller, ...times, ...told, ...spending },
      ...{ raisedAal: 2, raisedAmr: 'hwk user', passkeyId: uuidv7(Date.now()) },
      ...{ credentialId: 'c', publicKey: 'k', counter: '0', transports: 'internal' },
      ...{ isBackupEligible: false, isBackedUp: false, name: 'n', userHandle: 'h' },
      codeMacs: 'a b',
    },
    rename_passkey: { ...caller, passkeyId: passkey.passkeyId, name: 'n' },
    remove_passkey: { ...caller, ...told, passkeyId: passkey.passkeyId, providers: '' },
    suspend_passkey: { ...passkey, ...spending, ...anotherMail(), userId, ip: null, tries },
    note_passkey_copy: { ...passkey, userId, challengeId: 'one' },
  }
}

/** Of sign-ins at providers. */
function valuesOfFederation(): Record<string, Record<string, unknown>> {
  const key = { issuer: 'https://accounts.example.com', subject: 'one' }
  const used = { identityId: keyOf('session', USER), identityEmail: null, isIdentityVouched: true }
  const link = () => ({
    ...{ ...key, ...used, identityId: uuidv7(Date.now()), provider: 'one' },
    ...{ codeId: 'one', codeUntil: new Date() },
  })
  const told = () => ({ ...client, ...anotherMail(), tries, providerName: 'One' })
  const owner = { userId, emailKey: `${usernameOf(USER)}@example.org` }
  const raising = { ...caller, ...times, raisedAal: 1, raisedAmr: 'fed', receipt: '[]' }
  return {
    count_identity: { ...key, emailKey: owner.emailKey, codeId: 'one', tries },
    select_identity: key,
    insert_federated_user: {
      ...{
        ...link(),
        newId: uuidv7(Date.now()),
        email: 'n@example.org',
        emailKey: 'n@example.org',
      },
      ...{ usernames: 'newcomer other', usernameKeys: 'newcomer other', displayName: null },
      ...{ locale: null, avatarUrl: null, invitationId: keyOf('session', USER), tries },
    },
    claim_by_identity: {
      ...{ ...owner, ...link(), ...told(), epoch: 0 },
      ...{ displayName: null, locale: null, avatarUrl: null },
    },
    link_by_email: { ...owner, ...link(), ...told() },
    link_identity: { ...caller, ...link(), ...told(), vouchedKey: null, canVerify: true },
    count_provider_start: { client: 'c', tries },
    spend_oauth_state: { stateId: 'one', stateUntil: new Date(), tries },
    open_session_by_identity: { ...byFactor(), ...used },
    raise_session_by_identity: { ...raising, ...spending, ...used },
    request_second_factor_after_identity: { ...asked, ...spending, ...used },
  }
}

/** Values for statements whose plan may hang on them. */
const VALUES: Record<string, Record<string, unknown>> = {
  select_actor: caller,
  select_actors: { sessionId: [sessionId, sessionId], userId: [userId, userId] },
  select_cookie_caller: { ...caller, generation: 0, graceSeconds: 10 },
  use_session_cookie: {
    ...{ ...caller, generation: 0, graceSeconds: 10 },
    ...{ idleSeconds: 3600, mfaPolicy: 'off' },
  },
  use_refresh_token: {
    ...caller,
    ...client,
    ...times,
    ...mail,
    generation: 0,
    graceSeconds: 10,
    mfaPolicy: 'off',
  },
  count_log_in_by_username_key: { ...visitor, key: usernameOf(USER) },
  count_log_in_by_email_key: { ...visitor, key: `${usernameOf(USER)}@example.org` },
  count_sign_up: { tries, emailKey: 'n@example.org', invitationId: keyOf('session', USER) },
  count_password: { ...caller, tries },
  count_outgoing: { client: 'c', tries },
  forgive_try: { receipt: JSON.stringify([{ key: 'a 1', forgiven_us: 1 }]) },
  count_reset: { ...token, tries },
  open_session: newSession,
  open_session_and_renew_hash: { ...newSession, ...newHash, sessionId: uuidv7(Date.now()) },
  open_session_and_tell: {
    ...newSession,
    ...newHash,
    ...mail,
    tries,
    sessionId: uuidv7(Date.now()),
  },
  open_session_by_totp: { ...byFactor(), totpStep: 1, resealedSecret: null },
  open_session_by_recovery_code: { ...byFactor(), codeMacs: 'a b' },
  open_session_by_passkey: {
    ...byFactor(),
    ...{ passkeyId: keyOf('session', USER), passkeyCounter: '1', isBackedUp: true },
  },
  open_session_by_mailed_code: { ...byFactor(), mailedTokenId: keyOf('session', USER) },
  count_factor: { userId, spentId: 'one', credentialId: 'one', codeMacs: 'a b', tries },
  select_factors: { userId },
  select_identities: { userId },
  unlink_identity: { ...caller, ...client, ...unlinking, ...anotherMail(), tries },
  keep_pending_totp: { ...caller, sealedSecret: 'a.b.c' },
  count_totp_confirmation: { ...caller, tries },
  confirm_totp: {
    ...caller,
    ...client,
    ...times,
    ...anotherMail(),
    ...{ raisedAal: 2, raisedAmr: 'otp mfa', sealedSecret: 'a.b.c', totpStep: 1, codeMacs: 'a b' },
    tries,
  },
  remove_totp: { ...caller, ...client, ...anotherMail(), tries },
  replace_recovery_codes: { ...caller, ...client, ...anotherMail(), codeMacs: 'a b', tries },
  request_second_factor: asked,
  request_second_factor_after_mailed_code: {
    ...asked,
    ...spending,
    mailedTokenId: keyOf('session', USER),
  },
  try_login_code: { tokenId: keyOf('session', USER), tries },
  claim_unverified: { ...token, epoch: 0 },
  mail_login_code: { ...mailed, ...anotherMail(), tokenId: uuidv7(Date.now()), tries },
  insert_user: {
    ...newcomer,
    ...anotherMail(),
    id: uuidv7(Date.now()),
    tokenId: uuidv7(Date.now()),
    isUniform: true,
    invitationId: keyOf('session', USER),
  },
  change_profile: { ...caller, ...profile, tries },
  change_user: { ...caller, ...profile, targetId: someone },
  select_account: { userId: someone },
  create_user_as_admin: { ...caller, ...createdUser() },
  create_user_as_operator: createdUser(),
  select_users: pageOfUsers,
  select_disabled_users: { ...pageOfUsers, state: 'disabled' },
  select_users_of_role: { ...pageOfUsers, role: 'many', state: 'active' },
  search_users: search,
  search_few_users: { ...searchOfFew, role: null },
  search_few_disabled_users: { ...searchOfFew, role: null, state: 'disabled' },
  search_few_users_of_role: searchOfFew,
  ...valuesOfActing(),
  ...valuesOfPasskeys(),
  ...valuesOfRaising(),
  ...valuesOfFederation(),
  select_live_sessions: { userId },
  set_first_password: { ...caller, ...times, ...client, ...anotherMail(), newHash: '$$', tries },
  replace_password: { ...caller, ...times, ...newHash, ...client, ...anotherMail(), tries },
  mail_reset: { ...mailed, ...anotherMail(), tries },
  mail_verification: { ...mailed, ...anotherMail(), tokenId: uuidv7(Date.now()), tries },
  mail_email_change: {
    tries,
    ...caller,
    ...anotherMail(),
    tokenId: uuidv7(Date.now()),
    newEmail: 'new@example.org',
    newEmailKey: 'new@example.org',
  },
  verify_email: token,
  reset_password: { ...token, ...client, ...anotherMail(), newHash: '$' },
  confirm_email: { ...token, ...client, ...anotherMail(), undoTokenId: uuidv7(Date.now()) },
  undo_email_change: { ...token, ...anotherMail(), resetTokenId: uuidv7(Date.now()) },
  delete_user: { ...caller, ...anotherMail(), checkedHash: '$', providers: '' },
  claim_mails: { leaseSeconds: 60 },
  remove_mails: { ids: [uuidv7(Date.now())] },
  give_up_mail: { id: uuidv7(Date.now()) },
  purge_one_time_tokens: { limit: 1000 },
  purge_invitations: { limit: 1000 },
  purge_rate_limits: { limit: 1000 },
  purge_kept_mails: { limit: 1000 },
  purge_forgotten_mails: { limit: 1000 },
  issue_invitation_as_admin: {
    ...caller,
    id: uuidv7(Date.now()),
    emailKey: 'n@example.org',
    lifetimeSeconds: 3600,
  },
  select_invitations: { before: LAST_UUID, limit: 51 },
  delete_invitation: { ...caller, targetId: keyOf('session', USER) },
  end_other: { ...caller, targetId: sessionId },
  end_caller: caller,
  end_all: { ...caller, keptId: null },
  select_activity: { ...caller, ...page },
  select_audit: trail,
  select_audit_of_subject: { ...trail, subjectId: userId, events: 'session_opened' },
  select_audit_of_actor: { ...trail, actorId: userId, events: 'session_opened' },
  select_audit_of_events: { ...trail, events: 'session_opened,login_failed,user_deleted' },
  record_login_failed: failure,
  record_password_refused: failure,
  record_factor_refused: failure,
  record_limit_reached: failure,
}
/** A token and a mail of every user, most of them long done with, and as many invitations; roles of half of them. */
const PENDING = `
  insert into roles (name) values ('many');
  insert into user_roles (user_id, role)
    select id, 'many' from users where right(username, 1) in ('0', '2', '4', '6', '8');
  update users set disabled_at = now() where right(username, 2) = '11';
  insert into one_time_tokens (id, user_id, purpose, email, email_key, expires_at)
    select gen_random_uuid(), id, 'verify_email', email, email_key, now() + interval '1 day' from users;
  insert into outbox (id, mail, recipient, language, data, due_at)
    select gen_random_uuid(), 'verify_email', email, 'en', '{}', now() + interval '1 day' from users;
  insert into outbox (id, mail, recipient, language, data, sent_at)
    select gen_random_uuid(), 'verify_email', email, 'en', '{}', now() from users;
  insert into rate_limits (key, tat, purge_on)
    select 'login_account ' || id, now() + interval '1 hour', current_date + 1 from users;
  insert into invitations (id, email_key, expires_at)
    select gen_random_uuid(), email_key, now() + interval '1 day' from users;
  insert into identities (issuer, subject, id, user_id, provider, email_verified)
    select 'https://accounts.example.com', id::text, gen_random_uuid(), id, 'one', true from users;
  insert into audit_events (id, at, event, outcome, actor_id, subject_id, details)
    select gen_random_uuid(), now(), (array['user_created', 'session_opened', 'session_ended'])[1 + n % 3], 'success', id, id, '{}'
    from users, generate_series(1, 5) as n;
  insert into audit_events (id, at, event, outcome, actor_id, subject_id, details)
    select gen_random_uuid(), now(), 'session_opened', 'success', '${someone}', '${someone}', '{}' from generate_series(1, 2000);
  insert into user_roles (user_id, role) select id, 'admin' from users limit 100`

let admin: SqlClient
let sql: SqlClient
let connection: pg.Client
let db: Database
let sent: Sent | undefined

beforeAll(async () => {
  admin = sqlClient(inject('postgresUrl'))
  await admin.unsafe(`create database ${NAME}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${NAME}`
  const { executor, close } = connectPostgres(url.href)
  await migrate(executor)
  await close()
  await seed(url.href, USERS)
  sql = sqlClient(url.href)
  await sql.unsafe(PENDING)
  await sql.unsafe(
    'analyze users, one_time_tokens, outbox, rate_limits, invitations, audit_events, identities',
  )
  // As it is done everywhere. Without it, to look into an index costs a look into the table for each row.
  await sql.unsafe('vacuum analyze user_roles')
  connection = new pg.Client(url.href)
  await connection.connect()
  const send = (statement: Sent) => {
    sent = statement
    const { text, params: values } = statement
    return connection.query<unknown[]>({ text, values, rowMode: 'array' })
  }
  db = drizzleOver(send).db
})

afterAll(async () => {
  await sql?.end()
  await connection?.end()
  await admin?.unsafe(`drop database if exists ${NAME} with (force)`)
  await admin?.end()
})

function scans(plan: Plan): string[] {
  const own = plan['Relation Name'] ? [`${plan['Node Type']} on ${plan['Relation Name']}`] : []
  return [...own, ...(plan.Plans ?? []).flatMap(scans)]
}

const nodesOf = ({ 'Node Type': type, Plans = [] }: Plan): string[] => [
  type,
  ...Plans.flatMap(nodesOf),
]

const indexesOf = ({ 'Index Name': name, Plans = [] }: Plan): string[] => [
  ...(name ? [name] : []),
  ...Plans.flatMap(indexesOf),
]

async function plansOf(text: string, params: unknown[]): Promise<Plan[]> {
  const [row] = await sql.unsafe<Explained[]>(`explain (format json) ${text}`, params)
  return (row?.['QUERY PLAN'] ?? []).map(({ Plan }) => Plan)
}

async function explained(text: string, params: unknown[]): Promise<string[]> {
  return (await plansOf(text, params)).flatMap(scans)
}

/** How Postgres plans a statement that was prepared and used a few times: for no values in particular. */
async function plansForAnyValue(text: string): Promise<Plan[]> {
  const places = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)))
  const [row] = await sql.begin(async (transaction) => {
    await transaction.unsafe(`set local plan_cache_mode = force_generic_plan`)
    await transaction.unsafe(`prepare explained as ${text}`)
    const nulls = Array.from({ length: places }, () => 'null').join(', ')
    const given = places > 0 ? `(${nulls})` : ''
    const rows = await transaction.unsafe<Explained[]>(
      `explain (format json) execute explained${given}`,
    )
    await transaction.unsafe('deallocate explained')
    return rows
  })
  const plans = row?.['QUERY PLAN'] ?? []
  return plans.map(({ Plan }) => Plan)
}

async function explainedForAnyValue(text: string): Promise<string[]> {
  return (await plansForAnyValue(text)).flatMap(scans)
}

const reading = (scan: string) => TABLES.some((table) => scan.endsWith(` on ${table}`))
const whole = (scan: string) => scan.startsWith('Seq Scan') && reading(scan)

it.each(everyStatement())('$name never reads a whole table', async ({ prepare }) => {
  const { sql: text } = prepare(db).getQuery()
  expect((await explainedForAnyValue(text)).filter(whole)).toEqual([])
})

it.each(Object.entries(VALUES))('%s reads by index with values too', async (name, values) => {
  await everyStatement()
    .find((one) => one.name === name)
    ?.prepare(db)
    .execute({ ...REQUEST, ...values })
  const { text, params } = sent ?? { text: '', params: [] }
  const found = await explained(text, params)
  expect(found.some(reading)).toBe(true)
  expect(found.filter(whole)).toEqual([])
})

/** Which index brings the rows of a list in their order, so that its last page costs what its first does. */
const LISTS: Record<string, string[]> = {
  select_users: ['users_pkey'],
  select_disabled_users: ['users_disabled'],
  select_users_of_role: ['user_roles_role'],
  search_users: ['users_username_prefix', 'users_email_prefix'],
  select_audit_of_events: ['audit_events_event'],
}

/** Sorts of no more than pages: the page itself, and the pages of several events. */
const SORTS: Record<string, number> = { select_audit_of_events: 2 }

it.each(Object.entries(LISTS))('%s goes by an index of its own', async (name, indexes) => {
  const statement = everyStatement().find((one) => one.name === name)
  const { sql: text = '' } = statement?.prepare(db).getQuery() ?? {}
  const found = await plansForAnyValue(text)
  expect(found.flatMap(indexesOf)).toEqual(expect.arrayContaining(indexes))
  const sorts = found.flatMap(nodesOf).filter((type) => type.includes('Sort'))
  expect(sorts.length).toBeLessThanOrEqual(SORTS[name] ?? 1)
})

const auditor = { sessionId: keyOf('session', 1), userId: keyOf('user', 1) }
/** Filters that let nobody through, of lists that are far longer than what is looked at for a page. */
const FRUITLESS: Record<string, Record<string, unknown>> = {
  select_users: { ...pageOfUsers, createdFrom: pageOfUsers.createdBefore },
  select_users_of_role: { ...pageOfUsers, role: 'many', state: 'disabled' },
  search_users: { ...search, from: 'user', before: 'uses', after: '', role: 'nobodys' },
  search_few_users: { ...searchOfFew, from: 'user', before: 'uses', after: '', role: 'nobodys' },
  select_audit_of_subject: { ...trail, ...auditor, subjectId: someone, events: 'user_deleted' },
  select_audit_of_actor: { ...trail, ...auditor, actorId: someone, events: 'user_deleted' },
}

it.each(Object.entries(FRUITLESS))(
  '%s looks at no more than a thousand rows',
  async (name, values) => {
    const statement = everyStatement().find((one) => one.name === name)
    await statement?.prepare(db).execute(values)
    const { text, params } = sent ?? { text: '', params: [] }
    const [row] = await sql.unsafe<Explained[]>(`explain (analyze, format json) ${text}`, params)
    const rowsRead = (plan: Plan): number[] => [
      ...(plan['Relation Name'] ? [plan['Actual Rows'] * plan['Actual Loops']] : []),
      ...(plan['Rows Removed by Filter']
        ? [plan['Rows Removed by Filter'] * plan['Actual Loops']]
        : []),
      ...(plan.Plans ?? []).flatMap(rowsRead),
    ]
    const read = (row?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => rowsRead(Plan))
    expect(Math.max(...read)).toBe(1_000)
  },
)

/** By which index a page of the audit trail is read: by another one it would pass over the events of everybody else. */
const PAGES: [string, string][] = [
  ['select_activity', 'audit_events_subject_id'],
  ['select_audit', 'audit_events_pkey'],
  ['select_audit_of_subject', 'audit_events_subject_id'],
  ['select_audit_of_actor', 'audit_events_actor_id'],
  ['select_audit_of_events', 'audit_events_event'],
]

it.each(PAGES)('%s reads a page by %s, from its end, and no more of it', async (name, index) => {
  const statement = everyStatement().find((one) => one.name === name)
  await statement?.prepare(db).execute({ ...VALUES[name] })
  const { text, params } = sent ?? { text: '', params: [] }
  const readsOf = (plan: Plan): string[] => [
    ...(plan['Relation Name'] === 'audit_events'
      ? [`${plan['Node Type']} ${plan['Index Name']}`]
      : []),
    ...(plan.Plans ?? []).flatMap(readsOf),
  ]
  for (const plans of [await plansOf(text, params), await plansForAnyValue(text)]) {
    expect(plans.flatMap(readsOf)).toEqual([`Index Scan ${index}`])
  }
})

it('would show a statement that reads a whole table', async () => {
  const text = 'select id from users where username = $1'
  expect(await explained(text, [usernameOf(USER)])).toContain('Seq Scan on users')
  expect(await explainedForAnyValue(text)).toContain('Seq Scan on users')
})
