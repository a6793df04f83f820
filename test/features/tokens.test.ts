import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { TokenType } from '../../src/core/tokens/claims.ts'
import { SECRET, type TestApp } from '../support/app.ts'
import { forger, type Parts, partsOf, present, signWith, tokenOf } from '../support/forge.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, type Pair, personWith, refreshed } from '../support/sessions.ts'

let t: TestApp
let forge: Awaited<ReturnType<typeof forger>>
let tokens: Pair
let stranger: Pair
beforeAll(async () => {
  t = await createTestApp()
  forge = await forger(t)
  tokens = (await personWith(t, 1)).sessions[0]
  stranger = (await personWith(t, 1)).sessions[0]
})
afterEach(async () => {
  vi.restoreAllMocks()
  // A forged token must not even cost its victim the session.
  await expectAlive(t, tokens)
  await expectAlive(t, stranger)
})
afterAll(async () => {
  await refreshed(t, tokens)
  await t.close()
})

const now = () => Math.floor(Date.now() / 1000)
const KINDS = ['access', 'refresh'] as const
const bytes = (text: string) => new TextEncoder().encode(text)

/** Each case changes one thing about a genuine token and signs it again with the genuine key. */
const RESIGNED: [string, (parts: Parts, type: TokenType) => void, expired?: 'expired'][] = [
  ['alg none', ({ header }) => Object.assign(header, { alg: 'none' })],
  ['alg None', ({ header }) => Object.assign(header, { alg: 'None' })],
  ['alg hs256', ({ header }) => Object.assign(header, { alg: 'hs256' })],
  ['alg HS512', ({ header }) => Object.assign(header, { alg: 'HS512' })],
  ['alg RS256', ({ header }) => Object.assign(header, { alg: 'RS256' })],
  ['alg missing', ({ header }) => delete header.alg],
  ['alg an array', ({ header }) => Object.assign(header, { alg: ['HS256'] })],
  ['kid unknown', ({ header }) => Object.assign(header, { kid: 'nobody' })],
  ['kid missing', ({ header }) => delete header.kid],
  ['kid empty', ({ header }) => Object.assign(header, { kid: '' })],
  ['kid a path', ({ header }) => Object.assign(header, { kid: '../../../dev/null' })],
  ['kid SQL', ({ header }) => Object.assign(header, { kid: "x' union select 'k" })],
  ['kid an array', ({ header }) => Object.assign(header, { kid: [header.kid] })],
  ['kid a number', ({ header }) => Object.assign(header, { kid: 0 })],
  ['kid __proto__', ({ header }) => Object.assign(header, { kid: '__proto__' })],
  ['kid toString', ({ header }) => Object.assign(header, { kid: 'toString' })],
  ['typ JWT', ({ header }) => Object.assign(header, { typ: 'JWT' })],
  ['typ missing', ({ header }) => delete header.typ],
  ['typ in capitals', ({ header }) => Object.assign(header, { typ: 'AT+JWT' })],
  ['typ of the other kind', ({ header }, type) => Object.assign(header, { typ: otherTyp(type) })],
  ['crit', ({ header }) => Object.assign(header, { crit: ['exp'] })],
  ['crit empty', ({ header }) => Object.assign(header, { crit: [] })],
  ['b64 false', ({ header }) => Object.assign(header, { b64: false })],
  [
    'token_type of the other kind',
    ({ claims }, type) =>
      Object.assign(claims, { token_type: type === 'access' ? 'refresh' : 'access' }),
  ],
  ['token_type missing', ({ claims }) => delete claims.token_type],
  ['aud of another service', ({ claims }) => Object.assign(claims, { aud: 'other' })],
  ['aud an array', ({ claims }) => Object.assign(claims, { aud: ['edge-auth'] })],
  ['aud missing', ({ claims }) => delete claims.aud],
  ['iss of another service', ({ claims }) => Object.assign(claims, { iss: 'other' })],
  ['iss with a slash', ({ claims }) => Object.assign(claims, { iss: 'edge-auth/' })],
  ['iss an array', ({ claims }) => Object.assign(claims, { iss: ['edge-auth'] })],
  ['iss missing', ({ claims }) => delete claims.iss],
  ['exp missing', ({ claims }) => delete claims.exp],
  ['exp null', ({ claims }) => Object.assign(claims, { exp: null })],
  ['exp text', ({ claims }) => Object.assign(claims, { exp: String(claims.exp) })],
  ['exp a fraction', ({ claims }) => Object.assign(claims, { exp: now() + 60.5 })],
  ['exp true', ({ claims }) => Object.assign(claims, { exp: true })],
  ['exp beyond all integers', ({ claims }) => Object.assign(claims, { exp: 1e300 })],
  ['exp before iat', ({ claims }) => Object.assign(claims, { iat: now(), exp: now() - 1 })],
  ['exp passed', ({ claims }) => Object.assign(claims, { iat: 1, exp: now() - 1 }), 'expired'],
  ['exp this second', ({ claims }) => Object.assign(claims, { iat: 1, exp: now() }), 'expired'],
  ['iat missing', ({ claims }) => delete claims.iat],
  ['iat text', ({ claims }) => Object.assign(claims, { iat: '1' })],
  ['iat an hour ahead', ({ claims }) => Object.assign(claims, { iat: now() + 3600 })],
  ['nbf an hour ahead', ({ claims }) => Object.assign(claims, { nbf: now() + 3600 })],
  ['nbf text', ({ claims }) => Object.assign(claims, { nbf: '1' })],
  ['sub missing', ({ claims }) => delete claims.sub],
  ['sub empty', ({ claims }) => Object.assign(claims, { sub: '' })],
  ['sub and user_id at odds', ({ claims }) => Object.assign(claims, { sub: other().sub })],
  ['user_id and sub at odds', ({ claims }) => Object.assign(claims, { user_id: other().sub })],
  [
    'another user',
    ({ claims }) => Object.assign(claims, { sub: other().sub, user_id: other().sub }),
  ],
  ['the session of another user', ({ claims }) => Object.assign(claims, { sid: other().sid })],
  ['sid missing', ({ claims }) => delete claims.sid],
  ['sid no uuid', ({ claims }) => Object.assign(claims, { sid: "' or true --" })],
  ['sid an array', ({ claims }) => Object.assign(claims, { sid: [claims.sid] })],
  ['jti missing', ({ claims }) => delete claims.jti],
  ['gen missing', ({ claims }) => delete claims.gen],
  ['gen text', ({ claims }) => Object.assign(claims, { gen: '0' })],
  ['gen negative', ({ claims }) => Object.assign(claims, { gen: -1 })],
  ['gen a fraction', ({ claims }) => Object.assign(claims, { gen: 0.5 })],
  ['gen huge', ({ claims }) => Object.assign(claims, { gen: 2 ** 31 - 1 })],
  ['gen beyond all integers', ({ claims }) => Object.assign(claims, { gen: 1e300 })],
]
const otherTyp = (type: TokenType) => (type === 'access' ? 'rt+jwt' : 'at+jwt')
const other = () => partsOf(stranger.access_token).claims

describe.each(KINDS)('a genuinely signed %s token', (type) => {
  it.each(RESIGNED)('with %s is refused', async (_what, change, expired) => {
    const parts = partsOf(tokenOf(tokens, type))
    change(parts, type)
    const answer = await present(t, type, await forge(type, parts))
    await expectProblem(answer, expired ? 'token_expired' : 'token_invalid')
  })

  it.each(['null', '[]', '"text"', '1', '{', '', '{}', '\ufeff{}'])(
    'whose header or claims are %j is refused',
    async (text) => {
      const { header, claims } = partsOf(tokenOf(tokens, type))
      for (const parts of [
        { header: text, claims },
        { header, claims: text },
      ]) {
        await expectProblem(await present(t, type, await forge(type, parts)), 'token_invalid')
      }
    },
  )

  it.each(['jku', 'x5u', 'jwk', 'x5c'])(
    'with %s is taken for what its kid says; nothing is fetched',
    async (name) => {
      const evil = bytes('a key that the attacker brought along')
      const { header, claims } = partsOf(tokenOf(tokens, type))
      const k = btoa(String.fromCharCode(...evil))
      const brought = { jwk: { kty: 'oct', k }, x5c: [k] }[name] ?? 'https://evil.example/keys.json'
      const fetched = vi.spyOn(globalThis, 'fetch')
      const forged = await signWith(evil, { header: { ...header, [name]: brought }, claims })
      await expectProblem(await present(t, type, forged), 'token_invalid')
      expect(
        fetched.mock.calls.map(([url]) => String(url)).filter((url) => /evil/.test(url)),
      ).toEqual([])
    },
  )

  it.each([
    ['another key', () => bytes('some other secret of the same length 0123')],
    ['the secret cut short', () => bytes(SECRET.slice(0, -1))],
    ['the secret in lower case', () => bytes(SECRET.toUpperCase())],
    ['nothing but zeros', () => new Uint8Array(32)],
    ['its own kid', () => bytes(String(partsOf(tokens.access_token).header.kid))],
  ])('signed with %s is refused', async (_what, key) => {
    const forged = await signWith(key(), partsOf(tokenOf(tokens, type)))
    await expectProblem(await present(t, type, forged), 'token_invalid')
  })
})

it('the raw secret signs no refresh token, so that a verifier of access tokens cannot make one', async () => {
  const forged = await signWith(bytes(SECRET), partsOf(tokens.refresh_token))
  await expectProblem(await t.refresh(forged), 'token_invalid')
})

it('each kind is refused where the other belongs', async () => {
  await expectProblem(await t.get('/auth/me', tokens.refresh_token), 'token_invalid')
  await expectProblem(await t.get('/auth/sessions', tokens.refresh_token), 'token_invalid')
  await expectProblem(await t.refresh(tokens.access_token), 'token_invalid')
  const crossed = await forge('access', partsOf(tokens.refresh_token))
  await expectProblem(await t.get('/auth/me', crossed), 'token_invalid')
  await expectProblem(await t.refresh(crossed), 'token_invalid')
})

it('a future generation with a genuine signature ends the session it names, and only that', async () => {
  const { person, sessions } = await personWith(t, 1)
  const parts = partsOf(sessions[0].refresh_token)
  const forged = await forge('refresh', { ...parts, claims: { ...parts.claims, gen: 7 } })
  await expectProblem(await t.refresh(forged), 'token_invalid')
  await expectProblem(await t.refresh(sessions[0].refresh_token), 'token_invalid')
  await expectAlive(t, await t.login(person))
})
