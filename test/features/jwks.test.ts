import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KeySet, KeySetSchema, type PrivateJwk } from '../../src/core/tokens/jwk.ts'
import type { TestApp } from '../support/app.ts'
import { newKey } from '../support/keys.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, personWith, refreshed } from '../support/sessions.ts'

type Asymmetric = 'ES256' | 'EdDSA' | 'RS256'

let shared: TestApp
beforeAll(async () => {
  shared = await createTestApp()
})
afterAll(() => shared.close())

const appWith = (set: KeySet) =>
  shared.beside({
    env: { JWT_ALGORITHM: set.current.alg, JWT_KEYS: JSON.stringify(KeySetSchema().parse(set)) },
  })

it('publishes nothing of a shared secret', async () => {
  const answer = await shared.get('/.well-known/jwks.json')
  expect([answer.status, await answer.text()]).toEqual([200, '{"keys":[]}'])
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
})

describe.each<Asymmetric>(['ES256', 'EdDSA', 'RS256'])('%s', (alg) => {
  it('a verifier needs the published keys only, which hold nothing private', async () => {
    const [current, next, previous] = [await newKey(alg), await newKey(alg), await newKey(alg)]
    const t = await appWith({ current, next, previous: [previous] })
    const { sessions } = await personWith(t, 1)
    const [tokens] = sessions
    const trips = await t.roundTrips(() => t.get('/.well-known/jwks.json'))
    expect(trips).toBe(0)
    const answer = await t.get('/.well-known/jwks.json')
    const text = await answer.text()
    const jwks = JSON.parse(text)
    expect(jwks.keys.map(({ kid }: { kid: string }) => kid)).toEqual(
      [current, next, previous].map(({ kid }) => kid),
    )
    for (const key of jwks.keys) {
      expect(key).toMatchObject({ alg, use: 'sig', kty: current.kty })
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) {
        expect(key).not.toHaveProperty(member)
      }
    }
    for (const key of [current, next, previous]) expect(text).not.toContain(privatePart(key))

    const { payload } = await jwtVerify(tokens.access_token, createLocalJWKSet(jwks), {
      algorithms: [alg],
      issuer: 'edge-auth',
      audience: 'edge-auth',
      typ: 'at+jwt',
    })
    expect(payload.token_type).toBe('access')
    // Only this service reads refresh tokens, so no published key may fit one.
    await expect(jwtVerify(tokens.refresh_token, createLocalJWKSet(jwks))).rejects.toThrow()
    await expectAlive(t, await refreshed(t, tokens))
  })
})

describe('a rotation of keys', () => {
  it('leaves tokens of the previous key alone, and ends those of a key that is gone', async () => {
    const [one, two, three] = [await newKey('ES256'), await newKey('ES256'), await newKey('ES256')]
    const t = await appWith({ current: one, next: two, previous: [] })
    const { sessions } = await personWith(t, 1)
    const [tokens] = sessions
    const rotated = await appWith({ current: two, next: three, previous: [one] })
    await expectAlive(rotated, tokens)
    const renewed = await refreshed(rotated, tokens)
    await expectAlive(rotated, renewed)
    // The server that has not seen the rotation yet knows the new key as its next one.
    await expectAlive(t, renewed)

    const later = await appWith({ current: three, previous: [two] })
    await expectProblem(await later.get('/auth/me', tokens.access_token), 'token_invalid')
    await expectProblem(await later.refresh(tokens.refresh_token), 'token_invalid')
    await expectAlive(later, renewed)
    await refreshed(later, renewed)
  })
})

function privatePart(key: PrivateJwk): string {
  return key.kty === 'oct' ? key.k : key.d
}
