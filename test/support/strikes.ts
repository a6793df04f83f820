import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import { PASSWORD, type TestApp } from './app.ts'
import type { SqlClient } from './sql.ts'

type Caller = { username: string; access: string; refresh: string; advanced: number }

/** So many people, each logged in once. */
async function callers(t: TestApp, count: number): Promise<Caller[]> {
  const made: Caller[] = []
  for (let at = 0; at < count; at++) {
    const person = await t.signup()
    const { access_token, refresh_token } = await t.login(person)
    made.push({
      ...{ username: person.username, access: access_token, refresh: refresh_token },
      advanced: 0,
    })
  }
  return made
}

/** Everybody asks who they are, some refresh and some sign up, while something strikes; nobody is told anything wrong. */
async function strikeRound(
  t: TestApp,
  people: Caller[],
  round: number,
  strike: () => Promise<unknown>,
): Promise<{ refused: number; signedUp: string[] }> {
  let refused = 0
  const signedUp: string[] = []
  const asking = people.map(async (person, at) => {
    const me = await t.get('/auth/me', person.access)
    if (me.status === 200) expect((await me.json()).username).toBe(person.username)
    else {
      expect([me.status, await me.text()]).toEqual([503, expect.anything()])
      refused++
    }
    if ((at + round) % 8 === 0) refused += await refresh(t, person)
  })
  const newcomer = async () => {
    const username = `n${crypto.randomUUID().slice(0, 13)}`
    const email = `${username}@example.org`
    const { status } = await t.post('/auth/signup', { username, email, password: PASSWORD })
    expect([201, 503]).toContain(status)
    if (status === 201) signedUp.push(username)
  }
  await Promise.all([...asking, newcomer(), strike()])
  return { refused, signedUp }
}

/** So many rounds, each with the next of the strikes; nothing of what was acknowledged in them is lost. */
export async function strikeRounds(
  t: TestApp,
  sql: SqlClient,
  {
    count,
    people,
    strikes,
  }: { count: number; people: number; strikes: (() => Promise<unknown>)[] },
): Promise<{ refused: number; signedUp: number }> {
  const everybody = await callers(t, people)
  const signedUp: string[] = []
  let refused = 0
  for (let round = 0; round < count; round++) {
    const strike = strikes[round % strikes.length] ?? (async () => {})
    const seen = await strikeRound(t, everybody, round, strike)
    signedUp.push(...seen.signedUp)
    refused += seen.refused
  }
  await expectNothingLost(sql, everybody, signedUp)
  return { refused, signedUp: signedUp.length }
}

/** A refresh whose outcome nobody knows is asked for again, as a client would. */
async function refresh(t: TestApp, person: Caller): Promise<number> {
  for (let refused = 0; ; refused++) {
    const answer = await t.refresh(person.refresh)
    if (answer.status === 200) {
      const tokens = await answer.json()
      expect(decodeJwt(tokens.access_token).username).toBe(person.username)
      person.access = tokens.access_token
      person.refresh = tokens.refresh_token
      person.advanced++
      return refused
    }
    expect([answer.status, refused < 20, await answer.text()]).toEqual([
      503,
      true,
      expect.anything(),
    ])
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** What was acknowledged is there; nobody's session ended or was forked. */
async function expectNothingLost(
  sql: SqlClient,
  people: Caller[],
  signedUp: string[],
): Promise<void> {
  const found = await sql<{ username: string }[]>`
    select username from users where username = any(${signedUp})`
  expect(found).toHaveLength(signedUp.length)
  for (const { username, refresh } of people) {
    const { sid, gen } = decodeJwt(refresh)
    const rows = await sql`
      select generation, revoked_at, username from sessions join users on users.id = user_id
      where sessions.id = ${sid}`
    expect(rows).toEqual([{ generation: gen, revoked_at: null, username }])
  }
}

/** What may befall connections from outside, round by round. */
export function strikesOn(sql: SqlClient, database: string): (() => Promise<unknown>)[] {
  const widths = [200, 190]
  let altered = 0
  return [
    () =>
      sql.unsafe(`alter table users alter column username type varchar(${widths[altered++ % 2]})`),
    () => sql.unsafe('alter table users alter column username type text'),
    () => sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${database} and pid <> pg_backend_pid() and application_name = 'edge-auth'`,
  ]
}
