import { jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, type TestApp } from '../support/app.ts'
import { forger, partsOf, present, signWith, tokenOf } from '../support/forge.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, type Pair, personWith, refreshed } from '../support/sessions.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

let t: TestApp
let tokens: Pair
beforeAll(async () => {
  t = await createTestApp()
  tokens = (await personWith(t, 1)).sessions[0]
})
afterAll(() => t.close())

/** Another last character that carries the same bits: 32 bytes end in two bits that no byte owns. */
function equivalentTails(token: string): string[] {
  const last = ALPHABET.indexOf(token.at(-1) ?? 'A')
  return [1, 2, 3].map((bits) => token.slice(0, -1) + ALPHABET[last | bits])
}
const mapped = (token: string, at: number, change: (part: string) => string) =>
  token
    .split('.')
    .map((part, index) => (index === at ? change(part) : part))
    .join('.')

const SPELLINGS: [string, (token: string) => string[]][] = [
  ['padding', (token) => [`${token}=`, `${token}==`, mapped(token, 0, (part) => `${part}=`)]],
  ['equivalent tails', equivalentTails],
  [
    'a space or line break',
    (token) => [mapped(token, 1, (part) => `${part} `), mapped(token, 1, (part) => `${part}\t`)],
  ],
  ['base64 instead of base64url', (token) => [mapped(token, 2, () => '+/+/'), `${token}+`]],
  ['a part more', (token) => [`${token}.`, `${token}.x`, `.${token}`, `${token}.${token}`]],
  ['a part less', (token) => [token.slice(0, token.lastIndexOf('.')), token.split('.')[1] ?? '']],
  [
    'an empty part',
    (token) => [0, 1, 2].map((at) => mapped(token, at, () => '')).concat(['..', '.', '...']),
  ],
  ['parts in another order', (token) => [token.split('.').reverse().join('.')]],
  ['one letter of the signature changed', (token) => [flipped(token, 2)]],
  ['one letter of the claims changed', (token) => [flipped(token, 1)]],
  ['one letter of the header changed', (token) => [flipped(token, 0)]],
  ['half a signature', (token) => [mapped(token, 2, (part) => part.slice(0, 22))]],
  ['a longer signature', (token) => [mapped(token, 2, (part) => `${part}AAAA`)]],
]
const flipped = (token: string, at: number) =>
  mapped(token, at, (part) => part.slice(0, 4) + (part[4] === 'A' ? 'B' : 'A') + part.slice(5))

describe.each(['access', 'refresh'] as const)('a genuine %s token in another spelling', (type) => {
  it.each(SPELLINGS)('%s is refused', async (_what, spell) => {
    for (const spelling of spell(tokenOf(tokens, type))) {
      await expectProblem(await present(t, type, spelling), 'token_invalid')
    }
    await expectAlive(t, tokens)
  })
})

it('a token of more than 8 KiB is refused, however genuine, and a shorter one is not', async () => {
  const forge = await forger(t)
  const { header, claims } = partsOf(tokens.access_token)
  const padded = (length: number) =>
    forge('access', { header, claims: { ...claims, x: 'y'.repeat(length) } })
  await expectProblem(await t.get('/auth/me', await padded(6_200)), 'token_invalid')
  expect((await t.get('/auth/me', await padded(5_000))).status).toBe(200)
})

it('a refused spelling does not spend the token', async () => {
  const [spelling = ''] = equivalentTails(tokens.refresh_token)
  await expectProblem(await t.refresh(spelling), 'token_invalid')
  tokens = await refreshed(t, tokens)
  await expectAlive(t, tokens)
})

it('jose accepts our access tokens with the raw secret, and no refresh token', async () => {
  const key = new TextEncoder().encode(SECRET)
  const rules = { algorithms: ['HS256'], issuer: 'edge-auth', audience: 'edge-auth' }
  const { payload, protectedHeader } = await jwtVerify(tokens.access_token, key, {
    ...rules,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'sid'],
  })
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) })
  expect(payload.token_type).toBe('access')
  await expect(jwtVerify(tokens.refresh_token, key, rules)).rejects.toThrow()
})

it('a key ring knows no key but its own: a public key is no HMAC secret', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey(
    'jwk',
    pair.privateKey,
  )) as JsonWebKey
  const keys = { current: { kty, crv, x, y, d, alg: 'ES256', kid: 'one' }, previous: [] }
  const signing = await t.beside({
    env: { JWT_ALGORITHM: 'ES256', JWT_KEYS: JSON.stringify(keys) },
  })
  const { sessions } = await personWith(signing, 1)
  const parts = partsOf(sessions[0].access_token)
  expect(parts.header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'one' })
  const published = await (await signing.get('/.well-known/jwks.json')).text()
  const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  const raw = (await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer
  const pem = `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...new Uint8Array(spki)))}\n-----END PUBLIC KEY-----`
  const publicKeys = [
    new Uint8Array(spki),
    new Uint8Array(raw),
    ...[pem, `${pem}\n`, published].map((text) => new TextEncoder().encode(text)),
  ]
  for (const key of publicKeys) {
    for (const alg of ['HS256', 'ES256']) {
      const forged = await signWith(key, { ...parts, header: { ...parts.header, alg } })
      await expectProblem(await signing.get('/auth/me', forged), 'token_invalid')
    }
  }
  const hs = await signWith(new TextEncoder().encode(SECRET), {
    ...parts,
    header: { alg: 'HS256', typ: 'at+jwt', kid: 'one' },
  })
  await expectProblem(await signing.get('/auth/me', hs), 'token_invalid')
  await expectAlive(signing, sessions[0])
  await expectAlive(signing, await refreshed(signing, sessions[0]))
})
