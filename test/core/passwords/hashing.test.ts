import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deriveByHashWasm } from '../../../src/adapters/argon2-hash-wasm.ts'
import { createArgon2Kernel } from '../../../src/adapters/argon2-kernel.ts'
import { loadArgon2 } from '../../../src/adapters/argon2-node.ts'
import { hashPassword, PARAMETERS, verifyPassword } from '../../../src/core/passwords/hashing.ts'
import { createPasswords } from '../../../src/core/passwords/passwords.ts'
import {
  type Argon2id,
  argon2idOver,
  type DeriveArgon2id,
  formatPhc,
  OutOfMemory,
} from '../../../src/core/passwords/phc.ts'
import { silent } from '../../support/logger.ts'

const module = new WebAssembly.Module(
  readFileSync(new URL('../../../argon2/argon2id.wasm', import.meta.url)),
)
const kernel = createArgon2Kernel(module)
const { isNative, ...native } = await loadArgon2(silent)
const MAKERS: Record<string, Argon2id> = {
  native,
  'hash-wasm': argon2idOver(deriveByHashWasm),
  kernel: argon2idOver(async (input) => kernel.hash(input)),
}
const NAMES = Object.keys(MAKERS)
const PASSWORDS = ['correct horse battery staple', 'pâssé-42', '🦊'.repeat(128), 'é'.repeat(60)]
const CHEAP = { memoryKiB: 64, iterations: 1, parallelism: 1 }

it('is refused as overload where there is no memory for it', async () => {
  const { hash, verify } = createPasswords(
    argon2idOver(() => Promise.reject(new OutOfMemory('none'))),
    { width: 1, maxWaiting: 1, maxWaitMilliseconds: 1_000 },
  )
  const { signal } = new AbortController()
  await expect(hash('correct horse', signal)).rejects.toMatchObject({ code: 'overloaded' })
  await expect(verify(null, 'correct horse', signal)).rejects.toMatchObject({ code: 'overloaded' })
})

const zeros: DeriveArgon2id = async ({ hashBytes }) => new Uint8Array(hashBytes)

const by = (name: string) => MAKERS[name] ?? native

it('the native module is the one that is tested', () => expect(isNative).toBe(true))

describe.each(NAMES)('a hash made by %s', (maker) => {
  it.each(NAMES)('verifies by %s, and no other password does', async (checker) => {
    for (const password of PASSWORDS) {
      const phc = await hashPassword(password, by(maker), CHEAP)
      expect(await verifyPassword(phc, password, by(checker), CHEAP)).toBe('right')
      for (const wrong of [`${password} `, password.slice(0, -1), password.toUpperCase()]) {
        const verdict = await verifyPassword(phc, wrong, by(checker), CHEAP)
        expect(verdict).toBe(wrong === password ? 'right' : false)
      }
    }
  })

  it('has today’s parameters, a salt of 16 bytes and 32 bytes of hash', async () => {
    const phc = await hashPassword('correct horse', by(maker))
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(await verifyPassword(phc, 'correct horse', by(maker))).toBe('right')
    expect(await hashPassword('correct horse', by(maker))).not.toBe(phc)
  })
})

it('the parameters are the least that OWASP allows', () => {
  expect(PARAMETERS).toEqual({ memoryKiB: 19_456, iterations: 2, parallelism: 1 })
})

describe('a stored hash that must not be computed', () => {
  const rest = 'AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  it.each([
    `$argon2id$v=19$m=4194304,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=65537,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=19456,t=11,p=1$${rest}`,
    `$argon2id$v=19$m=19456,t=4294967295,p=1$${rest}`,
    `$argon2id$v=19$m=19456,t=2,p=9$${rest}`,
    `$argon2id$v=19$m=7,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=0,t=0,p=0$${rest}`,
    `$argon2id$v=19$m=-1,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=1e9,t=2,p=1$${rest}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${rest}`,
    `$argon2i$v=19$m=19456,t=2,p=1$${rest}`,
    `$argon2d$v=19$m=19456,t=2,p=1$${rest}`,
    `$argon2id$m=19456,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=19456,t=2,p=1$AA$AA`,
    `$argon2id$v=19$m=19456,t=2,p=1$${rest}${'A'.repeat(100)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${rest}\n`,
    `$argon2id$v=19$t=2,m=19456,p=1$${rest}`,
    '$2b$12$abcdefghijklmnopqrstuuMOb9sSb1S2s9c6A1s9c6A1s9c6A1s9c',
    // Base64 that no encoder writes, for which the native module would fail.
    `$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAB$${'A'.repeat(43)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(42)}B`,
    `$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(41)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAA_$${'A'.repeat(43)}`,
    '$argon2id$',
    '',
  ])('%j costs what the dummy costs and is never right', async (phc) => {
    const asked: unknown[] = []
    const derive: DeriveArgon2id = async ({ password: _, ...parameters }) => {
      asked.push(parameters)
      return new Uint8Array(parameters.hashBytes)
    }
    expect(await verifyPassword(phc, 'x', argon2idOver(derive))).toBe(false)
    expect(asked).toEqual([{ ...PARAMETERS, salt: new Uint8Array(16), hashBytes: 32 }])
  })

  it('the dummy is never right, even where the hash comes out as its zeros', async () => {
    expect(await verifyPassword(null, 'x', argon2idOver(zeros))).toBe(false)
  })
})

it('a hash of another length is outdated, though still right', async () => {
  const verdictOn = (hash: string) => {
    const phc = formatPhc({ parameters: PARAMETERS, salt: 'A'.repeat(22), hash })
    return verifyPassword(phc, 'x', argon2idOver(zeros))
  }
  expect(await verdictOn('A'.repeat(43))).toBe('right')
  expect(await verdictOn('A'.repeat(86))).toBe('outdated')
  expect(await verdictOn('B'.repeat(84))).toBe(false)
})

it.each([
  ['memory', { ...PARAMETERS, memoryKiB: 19_457 }],
  ['iterations', { ...PARAMETERS, iterations: 3 }],
  ['parallelism', { ...PARAMETERS, parallelism: 2 }],
])('another %s is outdated, though still right', async (_what, parameters) => {
  const phc = await hashPassword('correct horse', native, parameters)
  expect(await verifyPassword(phc, 'correct horse', native)).toBe('outdated')
  expect(await verifyPassword(phc, 'correct horse', native, parameters)).toBe('right')
  expect(await verifyPassword(phc, 'correct house', native)).toBe(false)
})
