import { describe, expect, test } from 'vitest'
import { createArgon2Kernel } from '../../src/adapters/argon2-kernel.ts'
import {
  byHashWasm,
  byNodeCrypto,
  byNodeRs,
  cheap,
  describeCase,
  hex,
  kernelModule,
} from '../support/argon2.ts'
import { randomFrom, randomOptions } from '../support/argon2-cases.ts'

const cases = Number(process.env.ARGON2_CASES ?? 300)

describe('known answers', () => {
  test('RFC 9106, section 5.3', () => {
    const hash = createArgon2Kernel(kernelModule).hash({
      password: new Uint8Array(32).fill(1),
      salt: new Uint8Array(16).fill(2),
      secret: new Uint8Array(8).fill(3),
      associatedData: new Uint8Array(12).fill(4),
      memoryKiB: 32,
      iterations: 3,
      parallelism: 4,
      hashBytes: 32,
    })
    expect(hex(hash)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
  })

  // From the reference implementation's own tests (phc-winner-argon2, test.c).
  test.each([
    [65_536, 2, 1, '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'],
    [256, 2, 1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
    [256, 2, 2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
  ])('the reference tests: m=%i t=%i p=%i', (memoryKiB, iterations, parallelism, expected) => {
    const password = new TextEncoder().encode('password')
    const salt = new TextEncoder().encode('somesalt')
    const options = { password, salt, memoryKiB, iterations, parallelism, hashBytes: 32 }
    expect(hex(createArgon2Kernel(kernelModule).hash(options))).toBe(expected)
  })
})

describe('against the other implementations', () => {
  test(`${cases} random cases`, { timeout: 3_600_000 }, async () => {
    const kernel = createArgon2Kernel(kernelModule)
    const random = randomFrom(20_260_801)
    for (let index = 0; index < cases; index++) {
      const options = randomOptions(random)
      const hash = hex(kernel.hash(options))
      const about = `case ${index}: ${describeCase(options)}`
      expect(hash, `${about} node:crypto`).toBe(byNodeCrypto(options))
      if (options.associatedData) continue
      expect(hash, `${about} @node-rs/argon2`).toBe(byNodeRs(options))
      expect(hash, `${about} hash-wasm`).toBe(await byHashWasm(options))
    }
  })

  test('the default parameters, and sizes in turn, big, small, big', () => {
    const kernel = createArgon2Kernel(kernelModule)
    for (const memoryKiB of [19_456, 8, 20_000, 64, 19_456, 12_288, 9]) {
      const options = { ...cheap, memoryKiB, iterations: 2 }
      expect(hex(kernel.hash(options)), `m=${memoryKiB}`).toBe(byNodeRs(options))
    }
  })

  test('inputs longer than the memory asked for', () => {
    const kernel = createArgon2Kernel(kernelModule)
    const options = { ...cheap, password: new Uint8Array(1_048_576).fill(9), memoryKiB: 8 }
    expect(hex(kernel.hash(options))).toBe(byNodeRs(options))
    expect(hex(kernel.hash(cheap))).toBe(byNodeRs(cheap))
  })

  test('the bounds themselves are accepted', () => {
    const kernel = createArgon2Kernel(kernelModule)
    for (const edge of [
      { memoryKiB: 65_536 },
      { memoryKiB: 2040, parallelism: 255 },
      { memoryKiB: 8, iterations: 100 },
      { hashBytes: 4 },
      { hashBytes: 1024 },
      { password: new Uint8Array(0), salt: new Uint8Array(8) },
    ]) {
      const options = { ...cheap, ...edge }
      expect(hex(kernel.hash(options)), describeCase(options)).toBe(byNodeRs(options))
    }
  })
})
