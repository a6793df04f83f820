import { describe, expect, it } from 'vitest'
import { importKey } from '../../../src/adapters/keys-web.ts'
import { parseConfig } from '../../../src/config/index.ts'
import {
  createFactorTokens,
  FACTOR_TOKEN_SECONDS,
} from '../../../src/core/factors/factor-tokens.ts'
import { importKeys } from '../../../src/core/tokens/key-rings.ts'
import { createTokens } from '../../../src/core/tokens/tokens.ts'

const ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const NOW = new Date('2026-03-01T12:00:00Z')
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)
const key = () => `${crypto.randomUUID()}${crypto.randomUUID()}`

async function tokensBy(variables: Record<string, string>) {
  const { tokens: settings } = parseConfig(variables)
  return {
    factor: await createFactorTokens(settings, importKey),
    tokens: createTokens(settings, await importKeys(settings, importKey)),
  }
}
const KEY = key()
const { factor, tokens } = await tokensBy({ JWT_SECRET_KEY: KEY })

const MFA = { userId: ID, epoch: 3, amr: ['pwd'] } as const
const CHALLENGE = { purpose: 'authenticate' } as const

const pair = () =>
  tokens.issue(
    {
      user: {
        id: ID,
        username: 'ada',
        email: 'a@example.org',
        isEmailVerified: true,
        roles: [],
        permissions: [],
      },
      session: {
        ...{ id: ID, transport: 'bearer', generation: 0, issuedAt: NOW, expiresAt: later(86_400) },
        ...{ aal: 1, amr: ['pwd'], authTime: NOW },
      },
    },
    NOW,
  )

describe('a token of a log-in under way', () => {
  it('says what it was signed for, with an id of its own', async () => {
    const token = await factor.sign('mfa', MFA, NOW)
    const read = await factor.verify('mfa', token, later(1))
    expect(read).toEqual({
      ...MFA,
      jti: expect.any(String),
      expiresAt: later(FACTOR_TOKEN_SECONDS),
    })
    const other = await factor.verify('mfa', await factor.sign('mfa', MFA, NOW), NOW)
    expect(other?.jti).not.toBe(read?.jti)
  })

  it('of nobody names nobody', async () => {
    const read = await factor.verify(
      'challenge',
      await factor.sign('challenge', CHALLENGE, NOW),
      NOW,
    )
    expect(read).toMatchObject(CHALLENGE)
    expect(read).not.toHaveProperty('userId')
    const of = { purpose: 'register', userId: ID, userHandle: 'abc' } as const
    const registering = await factor.sign('challenge', of, NOW)
    expect(await factor.verify('challenge', registering, NOW)).toMatchObject(of)
  })

  it('works for five minutes', async () => {
    const token = await factor.sign('mfa', MFA, NOW)
    expect(await factor.verify('mfa', token, later(FACTOR_TOKEN_SECONDS - 1))).toBeDefined()
    expect(await factor.verify('mfa', token, later(FACTOR_TOKEN_SECONDS + 60))).toBeUndefined()
  })

  it('is none of the other type, and no access or refresh token', async () => {
    const [mfa, challenge] = [
      await factor.sign('mfa', MFA, NOW),
      await factor.sign('challenge', { ...CHALLENGE, userId: ID }, NOW),
    ]
    expect(await factor.verify('challenge', mfa, NOW)).toBeUndefined()
    expect(await factor.verify('mfa', challenge, NOW)).toBeUndefined()
    for (const token of [mfa, challenge]) {
      for (const type of ['access', 'refresh'] as const) {
        expect(await tokens.verify(token, type, NOW)).toEqual({ ok: false, reason: 'invalid' })
      }
    }
  })

  it('is neither of those tokens either', async () => {
    for (const token of [...Object.values(await pair()).map(String), '', 'x', 'x.y.z']) {
      for (const type of ['mfa', 'challenge'] as const) {
        expect(await factor.verify(type, token, NOW)).toBeUndefined()
      }
    }
    const { accessToken } = await pair()
    expect(await tokens.verify(accessToken, 'access', NOW)).toMatchObject({ ok: true })
  })

  it('under another header, or with other claims, is none', async () => {
    const token = await factor.sign('mfa', MFA, NOW)
    const [header = '', claims = '', signature = ''] = token.split('.')
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const decoded = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
    const [headed, claimed] = [decoded(header), decoded(claims)]
    expect(headed).toMatchObject({ typ: 'mfa+jwt' })
    for (const forged of [
      `${encoded({ ...headed, alg: 'none' })}.${claims}.`,
      `${encoded({ ...headed, typ: 'challenge+jwt' })}.${claims}.${signature}`,
      `${header}.${encoded({ ...claimed, epoch: 4 })}.${signature}`,
      `${header}.${encoded({ ...claimed, exp: claimed.exp + 600 })}.${signature}`,
    ]) {
      expect(await factor.verify('mfa', forged, NOW), forged).toBeUndefined()
      expect(await factor.verify('challenge', forged, NOW), forged).toBeUndefined()
    }
  })

  it('of another key, issuer or audience is none', async () => {
    for (const variables of [
      { JWT_SECRET_KEY: key() },
      { JWT_SECRET_KEY: KEY, JWT_ISSUER: 'another' },
      { JWT_SECRET_KEY: KEY, JWT_AUDIENCE: 'another' },
    ]) {
      const other = (await tokensBy(variables)).factor
      const token = await other.sign('mfa', MFA, NOW)
      expect(await other.verify('mfa', token, NOW)).toBeDefined()
      expect(await factor.verify('mfa', token, NOW)).toBeUndefined()
    }
  })
})
