import { CompactSign, compactVerify, importJWK, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { importKey as byNode } from '../../../src/adapters/keys-node.ts'
import { importKey as byWeb } from '../../../src/adapters/keys-web.ts'
import { ALGORITHMS, type Algorithm } from '../../../src/core/tokens/algorithms.ts'
import { type PrivateJwk, publicJwk } from '../../../src/core/tokens/jwk.ts'
import { keyRing, signJwt, verifyJwt } from '../../../src/core/tokens/jwt.ts'
import { base64urlText } from '../../../src/utils/base64.ts'
import { newKey } from '../../support/keys.ts'

const IMPORTS = [
  ['node:crypto', byNode],
  ['WebCrypto', byWeb],
] as const
const PAYLOAD =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

const VECTORS: [string, PrivateJwk, string, string][] = [
  [
    'RFC 7515 appendix A.1, HS256',
    {
      kty: 'oct',
      alg: 'HS256',
      kid: 'a1',
      k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    },
    `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${PAYLOAD}`,
    'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  ],
  [
    'RFC 7515 appendix A.3, ES256',
    {
      kty: 'EC',
      alg: 'ES256',
      kid: 'a3',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
    },
    `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}`,
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  ],
  [
    'RFC 8037 appendix A.4, EdDSA',
    {
      kty: 'OKP',
      alg: 'EdDSA',
      kid: 'a4',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    },
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  ],
]

describe.each(IMPORTS)('keys of %s', (_name, importKey) => {
  it.each(VECTORS)('%s', async (_vector, jwk, input, signature) => {
    const key = await importKey(jwk)
    expect(await key.verify(input, signature)).toBe(true)
    expect(await key.verify(`${input}A`, signature)).toBe(false)
    // ECDSA signatures are random; the others follow from the input.
    if (jwk.alg !== 'ES256') expect(await key.sign(input)).toBe(signature)
  })

  it.each(Object.keys(ALGORITHMS) as Algorithm[])(
    '%s: any other signature is false and throws nothing',
    async (alg) => {
      const [key, other] = [await importKey(await newKey(alg)), await importKey(await newKey(alg))]
      const right = await key.sign('a.b')
      const wrong = [
        '',
        'A',
        'AA',
        '====',
        '*',
        right.slice(1),
        right.slice(0, -2),
        `${right}AAAA`,
        `${right}=`,
        'A'.repeat(right.length),
        // Has the same low byte as the right character.
        String.fromCharCode(right.charCodeAt(0) + 0x100) + right.slice(1),
        '\u00e9'.repeat(right.length),
        await other.sign('a.b'),
        await key.sign('a.c'),
      ]
      for (const signature of wrong) expect(await key.verify('a.b', signature)).toBe(false)
      expect(await key.verify('a.b', right)).toBe(true)
    },
  )
})

describe.each(Object.keys(ALGORITHMS) as Algorithm[])('%s', (alg) => {
  it('what one side signs the others accept: node:crypto, WebCrypto, jose', async () => {
    const jwk = await newKey(alg)
    const keys = await Promise.all(IMPORTS.map(([, importKey]) => importKey(jwk)))
    const header = { alg, typ: 'at+jwt', kid: jwk.kid }
    const input = `${base64urlText(JSON.stringify(header))}.${base64urlText('{"sub":"ada"}')}`
    const joseKey = await importJWK(jwk as JWK, alg)
    const josePublic = await importJWK((publicJwk(jwk) ?? jwk) as JWK, alg)
    const byJose = await new CompactSign(new TextEncoder().encode('{"sub":"ada"}'))
      .setProtectedHeader(header)
      .sign(joseKey)
    const tokens = [
      byJose,
      ...(await Promise.all(keys.map(async (key) => `${input}.${await key.sign(input)}`))),
    ]
    for (const token of tokens) {
      const at = token.lastIndexOf('.')
      for (const key of keys) {
        expect(await key.verify(token.slice(0, at), token.slice(at + 1))).toBe(true)
      }
      expect(
        (await compactVerify(token, josePublic, { algorithms: [alg] })).protectedHeader,
      ).toEqual(header)
    }
  })

  it('a key of another algorithm, kind or ring verifies nothing', async () => {
    const jwk = await newKey(alg)
    const ring = keyRing('at+jwt', [await byWeb(jwk)])
    const claims = { iss: 'i', aud: 'a', sub: 's', jti: 'j', iat: 1_000, exp: 2_000 }
    const expected = { issuer: 'i', audience: 'a', nowSeconds: 1_500 }
    const token = await signJwt(claims, ring)
    expect(await verifyJwt(token, ring, expected)).toEqual({ ok: true, claims })
    const others = (Object.keys(ALGORITHMS) as Algorithm[]).filter((name) => name !== alg)
    const rings = [
      keyRing('rt+jwt', [await byWeb(jwk)]),
      keyRing('at+jwt', [await byWeb({ ...jwk, kid: 'other' })]),
      ...(await Promise.all(
        others.map(async (name) =>
          keyRing('at+jwt', [await byWeb({ ...(await newKey(name)), kid: jwk.kid })]),
        ),
      )),
    ]
    for (const other of rings) {
      expect(await verifyJwt(token, other, expected)).toEqual({ ok: false, reason: 'invalid' })
    }
  })
})

describe('time', () => {
  const times: [string, Record<string, number>, string][] = [
    ['the last second', { iat: 1_000, exp: 2_001 }, 'ok'],
    ['the second of its end', { iat: 1_000, exp: 2_000 }, 'expired'],
    ['a clock a minute ahead', { iat: 2_060, exp: 3_000 }, 'ok'],
    ['a clock more than a minute ahead', { iat: 2_061, exp: 3_000 }, 'early'],
    ['not before a minute from now', { iat: 1_000, exp: 3_000, nbf: 2_060 }, 'ok'],
    ['not before later', { iat: 1_000, exp: 3_000, nbf: 2_061 }, 'early'],
    ['an end before its beginning', { iat: 2_050, exp: 2_050 }, 'invalid'],
  ]
  it.each(times)('%s', async (_what, patch, verdict) => {
    const ring = keyRing('at+jwt', [await byNode(await newKey('HS256'))])
    const claims = { iss: 'i', aud: 'a', sub: 's', jti: 'j', iat: 0, exp: 0, ...patch }
    const token = await signJwt(claims, ring)
    const seen = await verifyJwt(token, ring, { issuer: 'i', audience: 'a', nowSeconds: 2_000 })
    expect(seen.ok ? 'ok' : seen.reason).toBe(verdict)
  })
})
