import { describe, expect, it } from 'vitest'
import { importKey } from '../../../src/adapters/keys-node.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { type JwtKey, keyRing } from '../../../src/core/tokens/jwt.ts'
import { createTokens } from '../../../src/core/tokens/tokens.ts'
import type { Grant } from '../../../src/deps.ts'
import { SECRET } from '../../support/app.ts'
import { newKey, signatureCounter } from '../../support/keys.ts'

const NOW = new Date('2026-01-31T12:00:00.250Z')
const DAY_MS = 86_400_000
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds)

const user = { id: 'u', username: 'ada', email: 'ada@example.org' }
const session = { id: 's', generation: 3, issuedAt: NOW, expiresAt: later(30 * DAY_MS) }
const likely = { user, session: { id: 's', generation: 3, issuedAt: NOW } }

/** What was granted in the end, if it was not what was likely: by the field in which it differs, each of them. */
const OTHER_USERS: Record<keyof Grant['user'], Grant['user']> = {
  id: { ...user, id: 'v' },
  username: { ...user, username: 'eve' },
  email: { ...user, email: 'eve@example.org' },
}
const OTHER_SESSIONS: Record<keyof Grant['session'], Grant['session']> = {
  id: { ...session, id: 't' },
  generation: { ...session, generation: 4 },
  issuedAt: { ...session, issuedAt: later(-5_000) },
  expiresAt: { ...session, expiresAt: later(60_000) },
}

/** Tokens over a key that counts what it signs. */
async function countingTokens(patch: Partial<JwtKey> = {}) {
  const { counted, signatures } = signatureCounter()
  const key = counted({ ...(await importKey(await newKey('HS256'))), ...patch })
  const rings = { access: keyRing('at+jwt', [key], 9), refresh: keyRing('rt+jwt', [key], 9) }
  const { tokens: config } = parseConfig({ JWT_SECRET_KEY: SECRET })
  const tokens = createTokens(config, { rings, published: [] })
  return { tokens, signatures }
}

describe('tokens that were prepared', () => {
  it('are those that would have been issued, and signed once', async () => {
    const { tokens, signatures } = await countingTokens()
    const pair = await tokens.prepare(likely)({ user, session }, NOW)
    expect(signatures()).toBe(2)
    expect(pair).toEqual(await tokens.issue({ user, session }, NOW))
  })

  it.each<[string, Grant]>([
    ...Object.entries(OTHER_USERS).map(([field, user]): [string, Grant] => [
      `user ${field}`,
      { user, session },
    ]),
    ...Object.entries(OTHER_SESSIONS).map(([field, session]): [string, Grant] => [
      `session ${field}`,
      { user, session },
    ]),
  ])('are not issued where another %s was granted', async (_, grant) => {
    const { tokens, signatures } = await countingTokens()
    const pair = await tokens.prepare(likely)(grant, NOW)
    expect(signatures()).toBe(4)
    expect(pair).toEqual(await tokens.issue(grant, NOW))
    const foreseen = await tokens.issue({ user, session }, NOW)
    expect(pair.accessToken).not.toBe(foreseen.accessToken)
    expect(pair.refreshToken).not.toBe(foreseen.refreshToken)
  })

  it('fail whoever asks for them, and nobody else', async () => {
    const { tokens } = await countingTokens({
      sign: () => Promise.reject(new Error('no key')),
    })
    const issue = tokens.prepare(likely)
    await new Promise(setImmediate)
    await expect(issue({ user, session }, NOW)).rejects.toThrow('no key')
  })
})
