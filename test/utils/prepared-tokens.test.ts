import { describe, expect, it } from 'vitest'
import { importKey } from '../../src/adapters/keys-node.ts'
import { type AfterSending, createTokens } from '../../src/adapters/tokens.ts'
import { parseConfig } from '../../src/config.ts'
import type { Grant } from '../../src/deps.ts'
import { type JwtKey, keyRing } from '../../src/utils/jwt.ts'
import { SECRET } from '../support/app.ts'
import { newKey } from '../support/keys.ts'

const NOW = new Date('2026-01-31T12:00:00.250Z')
const DAY_MS = 86_400_000
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds)

const user = { id: 'u', username: 'ada', email: 'ada@example.org' }
const session = { id: 's', generation: 3, issuedAt: NOW, expiresAt: later(30 * DAY_MS) }
const likely = { user, session: { id: 's', generation: 3, issuedAt: NOW } }

/** Tokens over a key that counts what it signs. */
async function countingTokens(afterSending?: AfterSending, sign?: JwtKey['sign']) {
  const key = await importKey(await newKey('HS256'))
  let signatures = 0
  const counting: JwtKey = {
    ...key,
    sign: (input) => {
      signatures++
      return (sign ?? key.sign)(input)
    },
  }
  const rings = {
    access: keyRing('at+jwt', [counting], 9),
    refresh: keyRing('rt+jwt', [counting], 9),
  }
  const { tokens: config } = parseConfig({ JWT_SECRET_KEY: SECRET })
  const tokens = createTokens(config, { rings, published: [] }, afterSending)
  const known = () => rings.access.known.claims.size + rings.refresh.known.claims.size
  return { tokens, signatures: () => signatures, known }
}

describe('tokens that were prepared', () => {
  it('are those that would have been issued, and signed once', async () => {
    const { tokens, signatures } = await countingTokens()
    const pair = await tokens.prepare(likely)({ user, session }, NOW)
    expect(signatures()).toBe(2)
    expect(pair).toEqual(await tokens.issue({ user, session }, NOW))
  })

  it.each<[string, Grant]>([
    ['user', { user: { ...user, id: 'v' }, session }],
    ['username', { user: { ...user, username: 'eve' }, session }],
    ['email', { user: { ...user, email: 'eve@example.org' }, session }],
    ['session', { user, session: { ...session, id: 't' } }],
    ['generation', { user, session: { ...session, generation: 4 } }],
    ['time of issue', { user, session: { ...session, issuedAt: later(-5_000) } }],
    ['end, which is near', { user, session: { ...session, expiresAt: later(60_000) } }],
  ])('are not issued where another %s was granted', async (_, grant) => {
    const { tokens, signatures } = await countingTokens()
    const pair = await tokens.prepare(likely)(grant, NOW)
    expect(signatures()).toBe(4)
    expect(pair).toEqual(await tokens.issue(grant, NOW))
    const foreseen = await tokens.issue({ user, session }, NOW)
    expect(pair.accessToken).not.toBe(foreseen.accessToken)
    expect(pair.refreshToken).not.toBe(foreseen.refreshToken)
  })

  it('are not known again before they are issued', async () => {
    const { tokens, known } = await countingTokens()
    const issue = tokens.prepare(likely)
    await new Promise(setImmediate)
    expect(known()).toBe(0)
    await issue({ user, session }, NOW)
    expect(known()).toBe(2)
  })

  it('are signed when they are told to', async () => {
    let begin = () => {}
    const told = new Promise<void>((resolve) => {
      begin = resolve
    })
    const { tokens, signatures } = await countingTokens((task) => told.then(task))
    const issue = tokens.prepare(likely)
    await new Promise(setImmediate)
    expect(signatures()).toBe(0)
    begin()
    await issue({ user, session }, NOW)
    expect(signatures()).toBe(2)
  })

  it('fail whoever asks for them, and nobody else', async () => {
    const { tokens } = await countingTokens(undefined, () => Promise.reject(new Error('no key')))
    const issue = tokens.prepare(likely)
    await new Promise(setImmediate)
    await expect(issue({ user, session }, NOW)).rejects.toThrow('no key')
  })
})
