import { afterEach, describe, expect, it, vi } from 'vitest'
import { deriveByKernelOr } from '../../src/adapters/argon2-fallback.ts'
import { type DeriveArgon2id, OutOfMemory } from '../../src/core/passwords/phc.ts'
import { byNodeRs, cheap, hex, kernelModule } from '../support/argon2.ts'
import { recordingLogger } from '../support/logger.ts'

const input = {
  ...cheap,
  password: new TextEncoder().encode('correct horse'),
  salt: new Uint8Array(16).fill(7),
}
const BY_SCALAR = new Uint8Array(32).fill(1)

function start() {
  const { log, logger } = recordingLogger()
  const scalar = vi.fn<DeriveArgon2id>(async () => BY_SCALAR)
  return { derive: deriveByKernelOr(scalar, kernelModule, logger), scalar, log }
}

function failInstances(error: Error): void {
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(
    class {
      exports = {}
      constructor() {
        throw error
      }
    },
  )
}

afterEach(() => vi.restoreAllMocks())

describe('Argon2id by the kernel', () => {
  it('is used where the engine can run it, and nothing is logged', async () => {
    const { derive, scalar, log } = start()
    expect(hex(await derive(input))).toBe(byNodeRs(cheap))
    expect(scalar).not.toHaveBeenCalled()
    expect(log).toEqual([])
  })

  it.each([
    new WebAssembly.CompileError('Wasm SIMD unsupported'),
    new WebAssembly.LinkError('no such import'),
    new WebAssembly.RuntimeError('illegal instruction'),
  ])(
    'gives way to the scalar one where the engine throws %s: once, with one line',
    async (error) => {
      failInstances(error)
      const { derive, scalar, log } = start()
      vi.restoreAllMocks()
      for (let times = 0; times < 3; times++) expect(await derive(input)).toEqual(BY_SCALAR)
      expect(scalar).toHaveBeenCalledTimes(3)
      expect(log).toEqual([
        expect.objectContaining({
          level: 'warn',
          event: 'argon2_fallback',
          implementation: 'hash-wasm',
          reason: `${error.name}: ${error.message}`,
        }),
      ])
    },
  )

  it('does not give way to inputs out of bounds', async () => {
    const { derive, scalar, log } = start()
    await expect(derive({ ...input, memoryKiB: 7 })).rejects.toThrow(RangeError)
    await expect(derive({ ...input, memoryKiB: 65_537 })).rejects.toThrow('memoryKiB')
    expect(scalar).not.toHaveBeenCalled()
    expect(log).toEqual([])
  })

  it('does not give way where memory is short, and goes on when there is some', async () => {
    const { derive, scalar, log } = start()
    const short = new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded')
    vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw short
    })
    await expect(derive({ ...input, memoryKiB: 1024 })).rejects.toMatchObject({
      name: 'OutOfMemory',
      cause: short,
    })
    vi.restoreAllMocks()
    expect(hex(await derive({ ...input, memoryKiB: 1024 }))).toBe(
      byNodeRs({ ...cheap, memoryKiB: 1024 }),
    )
    expect(scalar).not.toHaveBeenCalled()
    expect(log).toEqual([])
  })

  it('is not decided for good where memory is short at the start', async () => {
    failInstances(new RangeError('WebAssembly.Instance(): Out of memory'))
    const { derive, scalar, log } = start()
    await expect(derive(input)).rejects.toThrow(OutOfMemory)
    vi.restoreAllMocks()
    expect(hex(await derive(input))).toBe(byNodeRs(cheap))
    expect(scalar).not.toHaveBeenCalled()
    expect(log).toEqual([])
  })
})
