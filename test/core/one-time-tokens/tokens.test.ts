import { describe, expect, it } from 'vitest'
import { importKey as importNodeKey } from '../../../src/adapters/keys-node.ts'
import { importKey as importWebKey } from '../../../src/adapters/keys-web.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { createOneTimeTokens } from '../../../src/core/one-time-tokens/tokens.ts'
import { SECRET } from '../../support/app.ts'
import { LINK_PURPOSES } from '../../support/mails.ts'

const REF = {
  id: '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
  userId: '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6072',
}
const purposes = LINK_PURPOSES
const settings = (JWT_SECRET_KEY = SECRET) => parseConfig({ JWT_SECRET_KEY }).tokens
const web = await createOneTimeTokens(settings(), importWebKey)
const node = await createOneTimeTokens(settings(), importNodeKey)

it('is the same each time, on both runtimes, and safe in a URL', async () => {
  for (const purpose of purposes) {
    const token = await web.mint(purpose, REF)
    expect(token).toMatch(/^[\w-]{43}\.[\w-]{43}$/)
    expect(encodeURIComponent(token)).toBe(token)
    expect(await node.mint(purpose, REF)).toBe(token)
    expect(await node.open(purpose, token)).toEqual(REF)
  }
})

it('opens for its own purpose alone', async () => {
  for (const minted of purposes) {
    const token = await web.mint(minted, REF)
    for (const other of purposes.filter((purpose) => purpose !== minted)) {
      expect(await web.open(other, token)).toBeUndefined()
    }
  }
})

it('cannot be made by somebody who has the rows but not the key', async () => {
  const other = await createOneTimeTokens(
    settings('another-key-of-32-bytes-or-more-xyz'),
    importWebKey,
  )
  for (const purpose of purposes) {
    expect(await web.open(purpose, await other.mint(purpose, REF))).toBeUndefined()
  }
})

it('one of another row or another user has another signature', async () => {
  const signatureOf = async (ref: typeof REF) => (await web.mint('verify_email', ref)).split('.')[1]
  const swapped = { id: REF.userId, userId: REF.id }
  const all = [REF, swapped, { ...REF, id: REF.userId }, { ...REF, userId: REF.id }]
  expect(new Set(await Promise.all(all.map(signatureOf))).size).toBe(all.length)
})

describe('is spelt in one way', () => {
  it.each([
    ['padding', (token: string) => `${token}=`],
    ['a line break', (token: string) => `${token}\n`],
    ['another alphabet', (token: string) => token.replace('.', '+')],
    ['a part more', (token: string) => `${token}.${token}`],
    // The last character of 43 has two bits that say nothing.
    ['loose bits at the end', (token: string) => token.slice(0, -1) + looser(token.at(-1) ?? '')],
  ])('%s', async (_what, change) => {
    const token = await web.mint('verify_email', REF)
    expect(await web.open('verify_email', change(token))).toBeUndefined()
    expect(await node.open('verify_email', change(token))).toBeUndefined()
  })
})

function looser(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) + 1] ?? ''
}

it('outlives a rotation of the keys, until the old one is dropped', async () => {
  const key = (kid: string, letter: string) => ({
    kty: 'oct' as const,
    alg: 'HS256' as const,
    kid,
    k: Buffer.from(letter.repeat(40)).toString('base64url'),
  })
  const [old, fresh] = [key('old', 'a'), key('fresh', 'b')]
  const withKeys = (keySet: Parameters<typeof createOneTimeTokens>[0]['keySet']) =>
    createOneTimeTokens({ ...settings(), keySet }, importNodeKey)
  const token = await (await withKeys({ current: old, previous: [] })).mint('reset_password', REF)
  const rotated = await withKeys({ current: fresh, previous: [old] })
  expect(await rotated.open('reset_password', token)).toEqual(REF)
  const dropped = await withKeys({ current: fresh, previous: [] })
  expect(await dropped.open('reset_password', token)).toBeUndefined()
})

describe('the token of whoever asked for a code', () => {
  it('is the same each time, on both runtimes, and opens as nothing else', async () => {
    const token = await web.mintAsked(REF.id)
    expect(token).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    expect(await node.mintAsked(REF.id)).toBe(token)
    expect(await node.openAsked(token)).toBe(REF.id)
    for (const purpose of purposes) {
      expect(await web.open(purpose, token)).toBeUndefined()
      expect(await web.openAsked(await web.mint(purpose, REF))).toBeUndefined()
    }
  })

  it.each([
    ['another signature', (token: string) => token.replace(/.$/, (last) => looser(last))],
    ['another row', (token: string) => token.replace(/^./, (first) => looser(first))],
    ['nothing', () => ''],
  ])('is refused with %s', async (_what, change) => {
    expect(await web.openAsked(change(await web.mintAsked(REF.id)))).toBeUndefined()
  })
})

describe('a code', () => {
  it('is six digits, the same on both runtimes, and that of its row alone', async () => {
    const code = await web.code(REF.id)
    expect(code).toMatch(/^\d{6}$/)
    expect(await node.code(REF.id)).toBe(code)
    expect(await web.isCode(REF.id, code)).toBe(true)
    expect(await web.isCode(REF.userId, code)).toBe(false)
    for (const other of ['', code.slice(1), `${code}0`, `0${code}`]) {
      expect(await web.isCode(REF.id, other)).toBe(false)
    }
  })

  it('is not made without the key', async () => {
    const other = await createOneTimeTokens(
      settings('another-key-of-32-bytes-or-more-xyz'),
      importWebKey,
    )
    const ids = Array.from({ length: 5 }, () => crypto.randomUUID())
    const codes = await Promise.all(ids.map((id) => web.code(id)))
    expect(await Promise.all(ids.map((id) => other.code(id)))).not.toEqual(codes)
  })

  it('is any of a million, each as likely', async () => {
    const codes = await Promise.all(
      Array.from({ length: 20_000 }, () => web.code(crypto.randomUUID())),
    )
    for (const at of [0, 5]) {
      const counts = new Map<string, number>()
      for (const code of codes) counts.set(code[at] ?? '', (counts.get(code[at] ?? '') ?? 0) + 1)
      // Of 2,000 each, seven standard deviations.
      for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(300)
      expect(counts.size).toBe(10)
    }
  })
})
