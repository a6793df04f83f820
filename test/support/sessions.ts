import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import type { Person, TestApp } from './app.ts'
import { quoted } from './names.ts'
import { expectProblem } from './problems.ts'

export type Pair = { access_token: string; refresh_token: string }

export const sidOf = (tokens: Pick<Pair, 'access_token'> & Partial<Pair>) =>
  String(decodeJwt(tokens.access_token).sid)

/** A person with a number of sessions of their own. */
export async function personWith(t: TestApp, count: number) {
  const person = await t.signup()
  const sessions: [Pair, ...Pair[]] = [await t.login(person)]
  for (let made = 1; made < count; made++) sessions.push(await t.login(person))
  return { person, sessions }
}

/** Changes a session's row behind the API's back, e.g. to make it older than it is. */
export async function setSession(
  t: TestApp,
  tokens: Pick<Pair, 'access_token'> & Partial<Pair>,
  assignments: string,
): Promise<void> {
  await t.column(`update edge_auth.sessions set ${assignments} where id = ${quoted(sidOf(tokens))}`)
}

export async function setUser(t: TestApp, { username }: Person, assignments: string) {
  await t.column(
    `update edge_auth.users set ${assignments} where username_key = ${quoted(username.toLowerCase())}`,
  )
}

/** Neither token of the pair works for anything, and both are refused in the same words. */
export async function expectDead(t: TestApp, tokens: Pair): Promise<void> {
  await expectProblem(await t.get('/auth/me', tokens.access_token), 'token_invalid')
  await expectProblem(await t.get('/auth/sessions', tokens.access_token), 'token_invalid')
  await expectProblem(await t.refresh(tokens.refresh_token), 'token_invalid')
}

export async function expectAlive(t: TestApp, tokens: Pair): Promise<void> {
  expect((await t.get('/auth/me', tokens.access_token)).status).toBe(200)
}

/** Exchanges the refresh token, which must succeed. */
export async function refreshed(t: TestApp, tokens: Pair): Promise<Pair> {
  const response = await t.refresh(tokens.refresh_token)
  expect(response.status).toBe(200)
  return response.json()
}
