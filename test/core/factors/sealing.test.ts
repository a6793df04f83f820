import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/index.ts'
import { createSealing } from '../../../src/core/factors/sealing.ts'

const [FIRST, SECOND, THIRD] = [1, 2, 3].map(
  () => `${crypto.randomUUID()}${crypto.randomUUID()}`,
) as [string, string, string]

/** Under the signing key, and the encryption keys in their order. */
function sealingBy(signing: string, ...encryptionKeys: string[]) {
  const { tokens, factors } = parseConfig({ JWT_SECRET_KEY: signing })
  return createSealing({ ...factors, encryptionKeys }, tokens)
}

const SECRET = crypto.getRandomValues(new Uint8Array(20))
const ABOUT = 'totp 0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'

describe('what is sealed', () => {
  it('opens again, and is never sealed alike', async () => {
    const sealing = await sealingBy(FIRST)
    const sealed = await sealing.seal(SECRET, ABOUT)
    expect(await sealing.open(sealed, ABOUT)).toEqual({ secret: SECRET, isOutdated: false })
    expect(await sealing.seal(SECRET, ABOUT)).not.toBe(sealed)
    expect(sealed).not.toContain(Buffer.from(SECRET).toString('base64url'))
  })

  it('is about one owner and purpose', async () => {
    const sealing = await sealingBy(FIRST)
    const sealed = await sealing.seal(SECRET, ABOUT)
    for (const other of [
      '',
      `${ABOUT} `,
      ABOUT.replace('totp', 'code'),
      `${ABOUT.slice(0, -1)}2`,
    ]) {
      expect(await sealing.open(sealed, other), other).toBeUndefined()
    }
  })

  it('does not open after any change', async () => {
    const sealing = await sealingBy(FIRST, SECOND)
    const sealed = await sealing.seal(SECRET, ABOUT)
    const opened: string[] = []
    for (let at = 0; at < sealed.length; at++) {
      // The last character of each part has bits that say nothing.
      if (sealed[at] === '.' || (sealed[at + 1] ?? '.') === '.') continue
      const other = sealed[at] === 'A' ? 'B' : 'A'
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
      if (await sealing.open(changed, ABOUT)) opened.push(changed)
    }
    expect(opened).toEqual([])
    const [id, iv, text = ''] = sealed.split('.')
    for (const odd of ['', '.', '..', `${id}`, `${id}.${iv}`, `${id}.${iv}.`, `${id}..${text}`]) {
      expect(await sealing.open(odd, ABOUT), odd).toBeUndefined()
    }
    expect(await sealing.open(`${id}.${iv}.${text.slice(0, -8)}`, ABOUT)).toBeUndefined()
  })
})

describe('keys', () => {
  it('are turned: the one before opens still, and says that another seals today', async () => {
    const sealed = await (await sealingBy(FIRST, SECOND)).seal(SECRET, ABOUT)
    const turned = await sealingBy(FIRST, THIRD, SECOND)
    expect(await turned.open(sealed, ABOUT)).toEqual({ secret: SECRET, isOutdated: true })
    const again = await turned.seal(SECRET, ABOUT)
    expect(await turned.open(again, ABOUT)).toMatchObject({ isOutdated: false })
    expect(again.split('.')[0]).not.toBe(sealed.split('.')[0])

    const forgotten = await sealingBy(FIRST, THIRD)
    expect(await forgotten.open(sealed, ABOUT)).toBeUndefined()
  })

  it('are those of the tokens where none is set, which go on opening when one is', async () => {
    const sealed = await (await sealingBy(FIRST)).seal(SECRET, ABOUT)
    const set = await sealingBy(FIRST, SECOND)
    expect(await set.open(sealed, ABOUT)).toEqual({ secret: SECRET, isOutdated: true })
    const other = await sealingBy(THIRD, SECOND)
    expect(await other.open(sealed, ABOUT)).toBeUndefined()
    const own = await set.seal(SECRET, ABOUT)
    expect(await other.open(own, ABOUT)).toEqual({ secret: SECRET, isOutdated: false })
  })
})

describe('HMACs', () => {
  it('are one for each key, of which the first is stored, and found again after it was turned', async () => {
    const [stored, ...others] = await (await sealingBy(FIRST, SECOND)).macsOf('a code')
    expect(others).toHaveLength(1)
    const turned = await (await sealingBy(FIRST, THIRD, SECOND)).macsOf('a code')
    expect(turned).toHaveLength(3)
    expect(turned[0]).not.toBe(stored)
    expect(turned).toContain(stored)
    expect(new Set(turned).size).toBe(3)
  })

  it('differ by text', async () => {
    const sealing = await sealingBy(FIRST)
    expect(await sealing.macsOf('a code')).toEqual(await sealing.macsOf('a code'))
    expect(await sealing.macsOf('a code')).not.toEqual(await sealing.macsOf('another'))
  })
})
