import { Secret, TOTP, URI } from 'otpauth'
import { describe, expect, it } from 'vitest'
import {
  acceptedStep,
  base32,
  makeTotpSecret,
  otpauthUri,
  totpCode,
} from '../../../src/core/factors/totp.ts'

const RFC_SECRET = new TextEncoder().encode('12345678901234567890')
const at = (seconds: number) => new Date(seconds * 1000)

describe('codes', () => {
  // RFC 6238 appendix B, the last six of its eight digits: fewer digits are the same number by a smaller modulus.
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at %i are those of the RFC', async (seconds, eight) => {
    expect(await totpCode(RFC_SECRET, at(seconds))).toBe(eight.slice(2))
    expect(await acceptedStep(RFC_SECRET, eight.slice(2), { now: at(seconds), lastStep: 0 })).toBe(
      Math.floor(seconds / 30),
    )
  })

  it('are those of another implementation, for 10,000 random secrets and times', async () => {
    const differing: string[] = []
    for (let made = 0; made < 10_000; made++) {
      const secret = makeTotpSecret()
      const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
      const now = at(random * 2)
      const text = base32(secret)
      const other = new TOTP({ secret: Secret.fromBase32(text) })
      const [own, theirs] = [
        await totpCode(secret, now),
        other.generate({ timestamp: now.getTime() }),
      ]
      if (own !== theirs || new Secret({ buffer: secret.buffer }).base32 !== text) {
        differing.push(`${text} ${random} ${own} ${theirs}`)
      }
    }
    expect(differing).toEqual([])
  })
})

describe('a code', () => {
  const now = at(1_790_000_010)
  const step = Math.floor(1_790_000_010 / 30)
  const judged = (code: string, lastStep = 0) => acceptedStep(RFC_SECRET, code, { now, lastStep })
  const codeAt = (seconds: number) => totpCode(RFC_SECRET, at(1_790_000_010 + seconds))

  it('counts one step before and after its own, and no further', async () => {
    expect(await judged(await codeAt(-30))).toBe(step - 1)
    expect(await judged(await codeAt(0))).toBe(step)
    expect(await judged(await codeAt(30))).toBe(step + 1)
    for (const off of [-300, -60, 60, 300]) {
      expect(await judged(await codeAt(off)), String(off)).toBeUndefined()
    }
  })

  it('counts no more once it or a later one was accepted', async () => {
    expect(await judged(await codeAt(0), step - 1)).toBe(step)
    expect(await judged(await codeAt(0), step)).toBeUndefined()
    expect(await judged(await codeAt(-30), step)).toBeUndefined()
    expect(await judged(await codeAt(30), step)).toBe(step + 1)
  })

  it('of other digits or of another length is none', async () => {
    const code = await codeAt(0)
    const other = code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
    for (const wrong of [other, '', code.slice(1), `${code}0`, ` ${code}`]) {
      expect(await judged(wrong), wrong).toBeUndefined()
    }
  })
})

describe('the link for an app', () => {
  it('says what the app needs, whatever is in the names', () => {
    const secret = makeTotpSecret()
    const names = { issuer: 'A&B: "Ünï" ?#%/', account: 'ada+1:x@example.org' }
    const uri = otpauthUri(secret, names)
    expect(new URL(uri).search).not.toContain(' ')
    const read = URI.parse(uri)
    expect(read).toBeInstanceOf(TOTP)
    expect(read).toMatchObject({
      ...{ issuer: 'A&B  "Ünï" ?#%/', label: 'ada+1 x@example.org' },
      ...{ algorithm: 'SHA1', digits: 6, period: 30 },
    })
    expect(read.secret.base32).toBe(base32(secret))
    expect(base32(secret)).toMatch(/^[A-Z2-7]{32}$/)
  })

  it('has the secret in base32 of any length (RFC 4648 section 10)', () => {
    const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar']
    expect(texts.map((text) => base32(new TextEncoder().encode(text)))).toEqual([
      ...['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'],
    ])
  })
})
