import { describe, expect, it } from 'vitest'
import { importKey } from '../../../src/adapters/keys-node.ts'
import { type JwtKey, keyRing, signJwt, verifyJwt } from '../../../src/core/tokens/jwt.ts'
import { newKey } from '../../support/keys.ts'

const MAX_KNOWN = 2
const expected = { issuer: 'i', audience: 'a', nowSeconds: 1_500 }

/** A ring with a memory, and how often its key was asked to verify. */
async function countingRing() {
  const key = await importKey(await newKey('HS256'))
  let verifications = 0
  const counting: JwtKey = {
    ...key,
    verify: (input, signature) => {
      verifications++
      return key.verify(input, signature)
    },
  }
  const ring = keyRing('at+jwt', [counting], MAX_KNOWN)
  const issuer = keyRing('at+jwt', [key])
  const tokenOf = (sub: string, by = issuer) =>
    signJwt({ iss: 'i', aud: 'a', sub, jti: 'j', iat: 1_000, exp: 2_000 }, by)
  return { ring, tokenOf, verifications: () => verifications }
}

describe('a ring that knows tokens again', () => {
  it('looks at a signature once, and at the time each time', async () => {
    const { ring, tokenOf, verifications } = await countingRing()
    const token = await tokenOf('ada')
    const first = await verifyJwt(token, ring, expected)
    expect(await verifyJwt(token, ring, expected)).toEqual(first)
    expect(verifications()).toBe(1)
    expect(await verifyJwt(token, ring, { ...expected, nowSeconds: 2_000 })).toEqual({
      ok: false,
      reason: 'expired',
    })
    for (const other of [{ issuer: 'x' }, { audience: 'x' }, { nowSeconds: 900 }]) {
      expect((await verifyJwt(token, ring, { ...expected, ...other })).ok).toBe(false)
    }
  })

  it('knows what it signed itself, with the very claims that anybody else would read', async () => {
    const { ring, tokenOf, verifications } = await countingRing()
    const token = await tokenOf('ada', ring)
    const known = await verifyJwt(token, ring, expected)
    expect(verifications()).toBe(0)
    const fresh = keyRing('at+jwt', [ring.signing.key])
    expect(known).toEqual(await verifyJwt(token, fresh, expected))
    expect(known.ok && Object.isFrozen(known.claims)).toBe(true)
    expect((await verifyJwt(token, ring, { ...expected, nowSeconds: 2_000 })).ok).toBe(false)
  })

  it('refuses every other spelling of a token that it knows', async () => {
    const { ring, tokenOf } = await countingRing()
    const token = await tokenOf('ada')
    await verifyJwt(token, ring, expected)
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const others = [
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload.slice(0, -1)}.${signature}`,
      `${token} `,
      token.toLowerCase(),
    ]
    for (const other of others) {
      expect(await verifyJwt(other, ring, expected)).toEqual({ ok: false, reason: 'invalid' })
    }
  })

  it('forgets the eldest, keeps no forged one, and gives claims that nobody can change', async () => {
    const { ring, tokenOf, verifications } = await countingRing()
    const tokens = await Promise.all(['ada', 'bob', 'cyd'].map((sub) => tokenOf(sub)))
    for (const token of tokens) await verifyJwt(token, ring, expected)
    await verifyJwt(`${tokens[0]}x`, ring, expected)
    expect(verifications()).toBe(4)
    expect(ring.known.claims.size).toBe(MAX_KNOWN)
    for (const token of tokens.slice(1)) await verifyJwt(token, ring, expected)
    expect(verifications()).toBe(4)
    const seen = await verifyJwt(tokens[2] ?? '', ring, expected)
    expect(seen.ok && Object.isFrozen(seen.claims)).toBe(true)
    await verifyJwt(tokens[0] ?? '', ring, expected)
    expect(verifications()).toBe(5)
  })
})
