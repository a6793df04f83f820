import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import { type Authenticator, type Ceremony, createAuthenticator } from './authenticator.ts'
import type { Pair } from './sessions.ts'

type Options = { public_key: { challenge: string; user?: { id: string } }; challenge_token: string }

/** Asks for options, as a page does. */
export async function optionsOf(t: TestApp, tokens?: Pair): Promise<Options> {
  const path = tokens ? '/auth/factors/passkey-options' : '/auth/passkeys/options'
  const answer = await t.request(path, {
    method: 'POST',
    headers: tokens ? { authorization: `Bearer ${tokens.access_token}` } : {},
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

export type Registered = Pair & {
  passkey: { id: string; name: string; synced: boolean; suspended: boolean }
  recovery_codes?: string[]
}

/** A person with a passkey, its authenticator, and the tokens of the session that registered it. */
export async function personWithPasskey(
  t: TestApp,
  options: Parameters<typeof createAuthenticator>[0] = {},
) {
  const person = await t.signup()
  const first = await t.login(person)
  const authenticator = await createAuthenticator(options)
  const { tokens, userHandle } = await registered(t, first, authenticator)
  return { person, authenticator, tokens, userHandle, first }
}

/** Registers a passkey, which must succeed. */
export async function registered(t: TestApp, tokens: Pair, authenticator: Authenticator) {
  const { public_key: options, challenge_token } = await optionsOf(t, tokens)
  const credential = await authenticator.create({ challenge: options.challenge })
  const body = { challenge_token, credential }
  const answer = await t.post('/auth/factors/passkeys', body, tokens.access_token)
  expect(answer.status).toBe(201)
  const made = (await answer.json()) as Registered
  return { tokens: made, userHandle: options.user?.id ?? '' }
}

/** A body for a log-in by passkey, with a challenge of its own. */
export async function assertion(
  t: TestApp,
  { authenticator, userHandle }: { authenticator: Authenticator; userHandle: string },
  wrong: Partial<Ceremony> = {},
) {
  const { public_key: options, challenge_token } = await optionsOf(t)
  const ceremony = { challenge: options.challenge, userHandle, ...wrong }
  return { challenge_token, credential: await authenticator.get(ceremony) }
}

/** Logs in by a passkey, whatever comes of it. */
export async function logInBy(
  t: TestApp,
  passkey: Parameters<typeof assertion>[1],
  wrong: Partial<Ceremony> = {},
): Promise<Response> {
  return t.post('/auth/passkeys/login', await assertion(t, passkey, wrong))
}
