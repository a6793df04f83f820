import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type VerifyOptions, verifyRequest } from '../../client/server/index.ts'
import type { PrivateJwk } from '../../src/core/tokens/jwk.ts'
import type { TestApp } from '../support/app.ts'
import { logInByCookie } from '../support/cookies.ts'
import { partsOf } from '../support/forge.ts'
import { newKey } from '../support/keys.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, personWith } from '../support/sessions.ts'

let t: TestApp
let key: PrivateJwk
let server: Server
let options: VerifyOptions
let tokens: Pair
/** How often the keys were asked for. */
let asked = 0
beforeAll(async () => {
  key = await newKey('ES256')
  t = await createTestApp({
    env: {
      JWT_ALGORITHM: 'ES256',
      JWT_KEYS: JSON.stringify({ current: key }),
      COOKIE_ORIGINS: 'https://app.example.org',
    },
  })
  const listener = getRequestListener(t.app.fetch)
  server = createServer((request, response) => {
    asked++
    void listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  const jwksUrl = `http://localhost:${port}/.well-known/jwks.json`
  options = { jwksUrl, issuer: 'edge-auth', audience: 'edge-auth' }
  tokens = (await personWith(t, 1)).sessions[0]
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await t.close()
})

const verify = (token: string | undefined, more: Partial<VerifyOptions> = {}) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return verifyRequest(new Request('https://api.example.org/', { headers }), {
    ...options,
    ...more,
  })
}

/** What a request is refused by. */
async function refusal(token: string | undefined, more: Partial<VerifyOptions> = {}) {
  const verified = await verify(token, more)
  if (verified.ok) throw new Error('it was taken')
  const { response, problem } = verified
  expect(await response.clone().json()).toEqual(problem)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return [response.status, problem.code, response.headers.get('www-authenticate')]
}

const INVALID = [401, 'token_invalid', 'Bearer error="invalid_token"']

type Change = { header?: object; claims?: Record<string, unknown> }

/** The token of the service, signed by its key, with something changed. */
async function signed({ header = {}, claims = {} }: Change = {}): Promise<string> {
  const genuine = partsOf(tokens.access_token)
  const payload = { ...genuine.claims, ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ ...genuine.header, alg: 'ES256', ...header })
    .sign(await importJWK(key, 'ES256'), { crit: { x: true } })
}

describe('a token of the service', () => {
  it('gives its claims', async () => {
    const verified = await verify(tokens.access_token)
    if (!verified.ok) throw new Error(verified.problem.code)
    const { claims } = verified
    expect(claims).toEqual(partsOf(tokens.access_token).claims)
    const { sub, username, roles, permissions, acr, amr, email_verified: isVerified } = claims
    expect({ sub, username, roles, permissions, acr, amr, isVerified }).toEqual({
      ...{
        sub: expect.any(String),
        username: expect.any(String),
        roles: ['user'],
        permissions: [],
      },
      ...{ acr: 'aal1', amr: ['pwd'], isVerified: false },
    })
  })

  it('is taken as the same by any spelling of the scheme, and from a request of Node’s', async () => {
    const authorization = `bEARER  ${tokens.access_token}`
    const forms = [{ headers: new Headers({ authorization }) }, { headers: { authorization } }]
    for (const form of forms) expect((await verifyRequest(form, options)).ok).toBe(true)
  })

  it('asks for the keys once, whatever comes at the same time', async () => {
    const jwksUrl = `${options.jwksUrl}?fresh`
    asked = 0
    const all = await Promise.all(
      Array.from({ length: 20 }, () => verify(tokens.access_token, { jwksUrl })),
    )
    expect(all.filter(({ ok }) => ok)).toHaveLength(20)
    expect((await refusal(await signed({ header: { kid: 'unknown' } }), { jwksUrl }))[1]).toBe(
      'token_invalid',
    )
    expect(asked).toBe(1)
  })

  it('that was signed again is taken, so that what is refused below is refused for what is changed', async () => {
    expect((await verify(await signed())).ok).toBe(true)
  })
})

describe('a request is refused', () => {
  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['no token', { authorization: 'Bearer ' }],
    ['something more', { authorization: 'Bearer a b' }],
  ])('with %s', async (_, headers) => {
    const verified = await verifyRequest({ headers: new Headers(headers) }, options)
    expect(!verified.ok && verified.problem.code).toBe('token_missing')
    const { response } = verified as Extract<typeof verified, { ok: false }>
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('with a token that nobody signed', async () => {
    const { claims } = partsOf(tokens.access_token)
    expect(await refusal(new UnsecuredJWT(claims).encode())).toEqual(INVALID)
    const [header, body] = tokens.access_token.split('.')
    expect(await refusal(`${header}.${body}.`)).toEqual(INVALID)
  })

  it('with one by a shared secret, which is the public key', async () => {
    const { d: _, ...publicJwk } = key as PrivateJwk & { d: string }
    const { header, claims } = partsOf(tokens.access_token)
    const spki = await exportSPKI((await importJWK(publicJwk, 'ES256')) as CryptoKey)
    for (const secret of [spki, JSON.stringify(publicJwk)]) {
      const forged = new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' })
      const token = await forged.sign(new TextEncoder().encode(secret))
      expect(await refusal(token)).toEqual(INVALID)
      const algorithms = ['HS256', 'ES256'] as unknown as VerifyOptions['algorithms']
      expect(await refusal(token, { ...(algorithms && { algorithms }) })).toEqual(INVALID)
    }
  })

  it('by an algorithm that is not asked for, although its key is published', async () => {
    expect(await refusal(tokens.access_token, { algorithms: ['EdDSA', 'RS256'] })).toEqual(INVALID)
  })

  it('with one by another key of the same name', async () => {
    const other = { ...(await newKey('ES256')), kid: key.kid }
    const { header, claims } = partsOf(tokens.access_token)
    const forged = new SignJWT(claims).setProtectedHeader({ ...header, alg: 'ES256' })
    expect(await refusal(await forged.sign(await importJWK(other, 'ES256')))).toEqual(INVALID)
  })

  it('with a refresh token, and with the cookie of a session', async () => {
    const person = await t.signup()
    const [, cookie = ''] = (await logInByCookie(t, person)).split('=')
    for (const token of [tokens.refresh_token, cookie]) {
      expect(token).toMatch(/^eyJ/)
      expect(await refusal(token)).toEqual(INVALID)
    }
  })

  it.each<[string, Change]>([
    ['of another type', { header: { typ: 'ct+jwt' } }],
    ['of the type of any JWT', { header: { typ: 'JWT' } }],
    ['of no type', { header: { typ: undefined } }],
    ['with an extension that must be understood', { header: { crit: ['x'], x: 1 } }],
    ['of another issuer', { claims: { iss: 'another' } }],
    ['for another audience', { claims: { aud: 'another' } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['of another kind', { claims: { token_type: 'refresh' } }],
    ['without an end', { claims: { exp: undefined } }],
    ['that begins later', { claims: { nbf: 4_000_000_000 } }],
    ['of no session', { claims: { sid: undefined } }],
    ['of no user', { claims: { sub: '' } }],
    ['whose roles are no list', { claims: { roles: 'admin' } }],
    ['whose permissions are no texts', { claims: { permissions: [1] } }],
  ])('with a token %s', async (_, change) => {
    expect(await refusal(await signed(change))).toEqual(INVALID)
  })

  it('with one that has expired, but for clocks that differ a little', async () => {
    const now = Math.floor(Date.now() / 1000)
    expect((await verify(await signed({ claims: { exp: now - 2 } }))).ok).toBe(true)
    expect(await refusal(await signed({ claims: { exp: now - 60 } }))).toEqual([
      ...[401, 'token_expired', 'Bearer error="invalid_token", error_description="expired"'],
    ])
  })

  it.each(['x', 'a.b.c', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA', `${'A'.repeat(9_000)}`, '....', '%00'])(
    'with what is no token: %.20s',
    async (token) => {
      const [status] = await refusal(token)
      expect(status).toBe(401)
    },
  )
})

describe('what is asked for besides a token', () => {
  it.each<[string, Partial<VerifyOptions>, Change, unknown[]]>([
    [
      'a second factor',
      { acr: 'aal2' },
      {},
      [
        ...[401, 'step_up_required'],
        'Bearer error="insufficient_user_authentication", acr_values="aal2"',
      ],
    ],
    [
      'a fresh proof',
      { maxAgeSeconds: 60 },
      { claims: { auth_time: 1_700_000_000 } },
      [
        ...[401, 'step_up_required'],
        'Bearer error="insufficient_user_authentication", acr_values="aal1", max_age=60',
      ],
    ],
    [
      'more than the enrolment of a factor',
      {},
      { claims: { acr: 'aal0' } },
      [
        ...[401, 'step_up_required'],
        'Bearer error="insufficient_user_authentication", acr_values="aal1"',
      ],
    ],
    [
      'a permission',
      { permission: 'articles:write' },
      { claims: { permissions: ['articles:read'] } },
      [403, 'permission_denied', 'Bearer error="insufficient_scope"'],
    ],
    [
      'a permission of a token that has none for want of room',
      { permission: 'articles:write' },
      { claims: { permissions: undefined } },
      [403, 'permission_denied', 'Bearer error="insufficient_scope"'],
    ],
  ])('is refused where it lacks: %s', async (_, wanted, change, expected) => {
    expect(await refusal(await signed(change), wanted)).toEqual(expected)
  })

  it('is taken where it is there', async () => {
    const claims = { acr: 'aal2', permissions: ['articles:write'] }
    const wanted = { acr: 'aal2', permission: 'articles:write', maxAgeSeconds: 600 } as const
    expect((await verify(await signed({ claims }), wanted)).ok).toBe(true)
  })
})

it.each([
  ['nobody answers', async () => Promise.reject(new TypeError('fetch failed'))],
  ['the service is down', async () => new Response('down', { status: 503 })],
  ['something else answers', async () => new Response('<h1>Hotel</h1>')],
  ['there are no keys in the answer', async () => Response.json({ hello: 'world' })],
])('asks nobody to log in again where %s', async (what, answer) => {
  vi.stubGlobal('fetch', answer)
  try {
    const jwksUrl = `${options.jwksUrl}?${encodeURIComponent(what)}`
    expect(await refusal(tokens.access_token, { jwksUrl })).toEqual([503, 'keys_unavailable', null])
  } finally {
    vi.unstubAllGlobals()
  }
  expect((await verify(tokens.access_token)).ok).toBe(true)
})

it.each(['jwksUrl', 'issuer', 'audience'])('throws without %s', async (name) => {
  for (const value of ['', undefined]) {
    const incomplete = { ...options, [name]: value }
    await expect(verify(tokens.access_token, incomplete)).rejects.toThrow(TypeError)
    await expect(verify(undefined, incomplete)).rejects.toThrow(name)
  }
  await expect(verify(undefined, { jwksUrl: '/jwks.json' })).rejects.toThrow(TypeError)
})

it('keeps the keys for an hour of an outage, and asks for them once in some seconds', async () => {
  const jwksUrl = `${options.jwksUrl}?outage`
  const token = await signed({ claims: { exp: 4_000_000_000 } })
  const stranger = await signed({ header: { kid: 'unknown' }, claims: { exp: 4_000_000_000 } })
  expect((await verify(token, { jwksUrl })).ok).toBe(true)
  const start = Date.now()
  const cause = new TypeError('fetch failed')
  const fetch = vi.fn(async () => Promise.reject(cause))
  vi.stubGlobal('fetch', fetch)
  try {
    for (const [minutes, isTaken] of [
      [11, true],
      [59, true],
      [61, false],
    ] as const) {
      fetch.mockClear()
      vi.useFakeTimers({ toFake: ['Date'], now: start + minutes * 60_000 })
      for (let turn = 0; turn < 3; turn++) {
        const verified = await verify(token, { jwksUrl })
        expect(verified).toMatchObject(isTaken ? { ok: true } : { ok: false, cause })
      }
      expect(await refusal(stranger, { jwksUrl })).toEqual([503, 'keys_unavailable', null])
      expect(fetch).toHaveBeenCalledTimes(1)
    }
    vi.unstubAllGlobals()
    expect((await verify(token, { jwksUrl })).ok).toBe(false)
    vi.setSystemTime(Date.now() + 6_000)
    expect((await verify(token, { jwksUrl })).ok).toBe(true)
  } finally {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  }
})
