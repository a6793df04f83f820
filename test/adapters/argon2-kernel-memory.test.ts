import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Argon2KernelOptions, createArgon2Kernel } from '../../src/adapters/argon2-kernel.ts'
import { byNodeRs, cheap, hex, kernelModule } from '../support/argon2.ts'

afterEach(() => vi.restoreAllMocks())

describe('what stays in memory', () => {
  test('nothing, after a hash', () => {
    const instances = captureInstances()
    const kernel = createArgon2Kernel(kernelModule)
    const untouched = constantsOf(new WebAssembly.Instance(kernelModule))
    instances.length = 1
    for (const options of [
      { ...cheap, memoryKiB: 19_456 },
      { ...cheap, memoryKiB: 72, parallelism: 4, hashBytes: 1024 },
      { ...cheap, memoryKiB: 8, password: new Uint8Array(100_000).fill(9) },
    ]) {
      kernel.hash(options)
      const [instance, ...others] = instances
      expect(others).toEqual([])
      expect(instance && nonZeroFromWork(instance)).toBe(0)
      expect(instance && constantsOf(instance)).toEqual(untouched)
    }
  })

  test('the hash handed out is a copy, and the inputs are left alone', () => {
    const kernel = createArgon2Kernel(kernelModule)
    const password = cheap.password.slice()
    const first = kernel.hash(cheap)
    const kept = first.slice()
    kernel.hash({ ...cheap, password: new Uint8Array(3) })
    expect(first).toEqual(kept)
    expect(first.buffer.byteLength).toBe(32)
    expect(cheap.password).toEqual(password)
  })

  test('nothing after a trap either, and the next hash gets a fresh instance', () => {
    let isBroken = false
    const instances = captureInstances((exports) => ({
      ...exports,
      hash(...values: number[]) {
        if (isBroken) throw new WebAssembly.RuntimeError('unreachable')
        return (exports.hash as (...values: number[]) => void)(...values)
      },
    }))
    const kernel = createArgon2Kernel(kernelModule)
    isBroken = true
    expect(() => kernel.hash(cheap)).toThrow(WebAssembly.RuntimeError)
    expect(() => kernel.hash(cheap)).toThrow(WebAssembly.RuntimeError)
    expect(instances).toHaveLength(2)
    expect(instances.map(nonZeroFromWork)).toEqual([0, 0])

    vi.restoreAllMocks()
    const more = captureInstances()
    expect(hex(kernel.hash(cheap))).toBe(byNodeRs(cheap))
    expect(more).toHaveLength(1)
  })

  test('nothing after a trap in the warm-up, which is the caller’s to know of', () => {
    const instances = captureInstances((exports) => ({
      ...exports,
      hash() {
        throw new WebAssembly.RuntimeError('unreachable')
      },
    }))
    expect(() => createArgon2Kernel(kernelModule)).toThrow(WebAssembly.RuntimeError)
    expect(instances.map(nonZeroFromWork)).toEqual([0])
  })

  test('the instance is made and warmed up at once, and kept', () => {
    const instances = captureInstances()
    const kernel = createArgon2Kernel(kernelModule)
    expect(instances.map(nonZeroFromWork)).toEqual([0])
    expect(instances.map(bytesOf)).toEqual([5 * 65_536])
    kernel.hash(cheap)
    kernel.hash({ ...cheap, memoryKiB: 19_456 })
    kernel.hash(cheap)
    expect(instances).toHaveLength(1)
  })
})

describe('bounds', () => {
  test.each<[string, Partial<Argon2KernelOptions>]>([
    ['parallelism', { parallelism: 0 }],
    ['parallelism', { parallelism: 256, memoryKiB: 4096 }],
    ['parallelism', { parallelism: 1.5 }],
    ['memoryKiB', { memoryKiB: 7 }],
    ['memoryKiB', { memoryKiB: 31, parallelism: 4 }],
    ['memoryKiB', { memoryKiB: 65_537 }],
    ['memoryKiB', { memoryKiB: Number.NaN }],
    ['memoryKiB', { memoryKiB: 4_294_967_296 + 64 }],
    ['iterations', { iterations: 0 }],
    ['iterations', { iterations: 101 }],
    ['hashBytes', { hashBytes: 3 }],
    ['hashBytes', { hashBytes: 1025 }],
    ['salt length', { salt: new Uint8Array(7) }],
    ['salt length', { salt: new Uint8Array(1_048_577) }],
    ['password length', { password: new Uint8Array(1_048_577) }],
    ['secret length', { secret: new Uint8Array(1_048_577) }],
    ['associatedData length', { associatedData: new Uint8Array(1_048_577) }],
  ])('%s refused: %o', (name, wrong) => {
    const instances = captureInstances()
    const kernel = createArgon2Kernel(kernelModule)
    const before = instances.map(bytesOf)
    expect(() => kernel.hash({ ...cheap, ...wrong })).toThrow(RangeError)
    expect(() => kernel.hash({ ...cheap, ...wrong })).toThrow(name)
    expect(instances.map(bytesOf)).toEqual(before)
  })
})

function captureInstances(
  change: (exports: WebAssembly.Exports) => WebAssembly.Exports = (exports) => exports,
): { exports: WebAssembly.Exports }[] {
  const Instance = WebAssembly.Instance
  const instances: { exports: WebAssembly.Exports }[] = []
  class Captured {
    exports: WebAssembly.Exports
    constructor(module: WebAssembly.Module) {
      this.exports = change(new Instance(module).exports)
      instances.push(this)
    }
  }
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(Captured)
  return instances
}

function workOf(exports: WebAssembly.Exports): [Uint8Array, number] {
  const { memory, WORK } = exports
  if (!(memory instanceof WebAssembly.Memory && WORK instanceof WebAssembly.Global)) throw exports
  return [new Uint8Array(memory.buffer), WORK.value]
}

function bytesOf(instance: { exports: WebAssembly.Exports }): number {
  return workOf(instance.exports)[0].length
}

function nonZeroFromWork(instance: { exports: WebAssembly.Exports }): number {
  const [bytes, work] = workOf(instance.exports)
  return bytes.subarray(work).reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0)
}

function constantsOf(instance: { exports: WebAssembly.Exports }): Uint8Array {
  const [bytes, work] = workOf(instance.exports)
  return bytes.slice(0, work)
}
