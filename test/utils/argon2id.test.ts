import { argon2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hashRawSync } from '@node-rs/argon2'
import { argon2id as hashWasm } from 'hash-wasm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Argon2idOptions, createArgon2id } from '../../src/utils/argon2id.ts'

const module = new WebAssembly.Module(
  readFileSync(new URL('../../argon2/argon2id.wasm', import.meta.url)),
)
const cases = Number(process.env.ARGON2_CASES ?? 1_000)

const cheap: Argon2idOptions = {
  password: new TextEncoder().encode('correct horse'),
  salt: new Uint8Array(16).fill(7),
  memoryKiB: 64,
  iterations: 1,
  parallelism: 1,
  hashBytes: 32,
}

afterEach(() => vi.restoreAllMocks())

describe('known answers', () => {
  test('RFC 9106, section 5.3', () => {
    const hash = createArgon2id(module).hash({
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
    expect(hex(createArgon2id(module).hash(options))).toBe(expected)
  })
})

describe('against the other implementations', () => {
  test(`${cases} random cases`, { timeout: 3_600_000 }, async () => {
    const argon2id = createArgon2id(module)
    const random = randomFrom(20_260_801)
    for (let index = 0; index < cases; index++) {
      const options = randomOptions(random)
      const hash = hex(argon2id.hash(options))
      const about = `case ${index}: ${describeCase(options)}`
      expect(hash, `${about} node:crypto`).toBe(byNodeCrypto(options))
      if (options.associatedData) continue
      expect(hash, `${about} @node-rs/argon2`).toBe(byNodeRs(options))
      expect(hash, `${about} hash-wasm`).toBe(await byHashWasm(options))
    }
  })

  test('the default parameters, and sizes in turn, big, small, big', () => {
    const argon2id = createArgon2id(module)
    for (const memoryKiB of [19_456, 8, 20_000, 64, 19_456, 12_288, 9]) {
      const options = { ...cheap, memoryKiB, iterations: 2 }
      expect(hex(argon2id.hash(options)), `m=${memoryKiB}`).toBe(byNodeRs(options))
    }
  })

  test('inputs longer than the memory asked for', () => {
    const argon2id = createArgon2id(module)
    const options = { ...cheap, password: new Uint8Array(1_048_576).fill(9), memoryKiB: 8 }
    expect(hex(argon2id.hash(options))).toBe(byNodeRs(options))
    expect(hex(argon2id.hash(cheap))).toBe(byNodeRs(cheap))
  })
})

describe('what stays in memory', () => {
  test('nothing, after a hash', () => {
    const instances = captureInstances()
    const argon2id = createArgon2id(module)
    const untouched = constantsOf(new WebAssembly.Instance(module))
    instances.length = 0
    for (const options of [
      { ...cheap, memoryKiB: 19_456 },
      { ...cheap, memoryKiB: 72, parallelism: 4, hashBytes: 1024 },
      { ...cheap, memoryKiB: 8, password: new Uint8Array(100_000).fill(9) },
    ]) {
      argon2id.hash(options)
      const [instance, ...others] = instances
      expect(others).toEqual([])
      expect(instance && nonZeroFromWork(instance)).toBe(0)
      expect(instance && constantsOf(instance)).toEqual(untouched)
    }
  })

  test('the hash handed out is a copy, and the inputs are left alone', () => {
    const argon2id = createArgon2id(module)
    const password = cheap.password.slice()
    const first = argon2id.hash(cheap)
    const kept = first.slice()
    argon2id.hash({ ...cheap, password: new Uint8Array(3) })
    expect(first).toEqual(kept)
    expect(first.buffer.byteLength).toBe(32)
    expect(cheap.password).toEqual(password)
  })

  test('nothing after a trap either, and the next hash gets a fresh instance', () => {
    const instances = captureInstances((exports) => ({
      ...exports,
      hash() {
        throw new WebAssembly.RuntimeError('unreachable')
      },
    }))
    const argon2id = createArgon2id(module)
    expect(() => argon2id.hash(cheap)).toThrow(WebAssembly.RuntimeError)
    expect(instances).toHaveLength(1)
    expect(instances[0] && nonZeroFromWork(instances[0])).toBe(0)

    vi.restoreAllMocks()
    const more = captureInstances()
    expect(hex(argon2id.hash(cheap))).toBe(byNodeRs(cheap))
    expect(more).toHaveLength(1)
  })

  test('the instance is made at the first hash and kept', () => {
    const instances = captureInstances()
    const argon2id = createArgon2id(module)
    expect(instances).toHaveLength(0)
    argon2id.hash(cheap)
    argon2id.hash({ ...cheap, memoryKiB: 19_456 })
    argon2id.hash(cheap)
    expect(instances).toHaveLength(1)
  })
})

describe('bounds', () => {
  test.each<[string, Partial<Argon2idOptions>]>([
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
    const argon2id = createArgon2id(module)
    expect(() => argon2id.hash({ ...cheap, ...wrong })).toThrow(RangeError)
    expect(() => argon2id.hash({ ...cheap, ...wrong })).toThrow(name)
    expect(instances).toHaveLength(0)
  })

  test('the bounds themselves are accepted', () => {
    const argon2id = createArgon2id(module)
    for (const edge of [
      { memoryKiB: 65_536 },
      { memoryKiB: 2040, parallelism: 255 },
      { memoryKiB: 8, iterations: 100 },
      { hashBytes: 4 },
      { hashBytes: 1024 },
      { password: new Uint8Array(0), salt: new Uint8Array(8) },
    ]) {
      const options = { ...cheap, ...edge }
      expect(hex(argon2id.hash(options)), describeCase(options)).toBe(byNodeRs(options))
    }
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

function nonZeroFromWork(instance: { exports: WebAssembly.Exports }): number {
  const [bytes, work] = workOf(instance.exports)
  return bytes.subarray(work).reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0)
}

function constantsOf(instance: { exports: WebAssembly.Exports }): Uint8Array {
  const [bytes, work] = workOf(instance.exports)
  return bytes.slice(0, work)
}

function byNodeCrypto(options: Argon2idOptions): string {
  const { password, salt, secret, associatedData } = options
  const { parallelism, memoryKiB: memory, iterations: passes, hashBytes: tagLength } = options
  const parameters = { message: password, nonce: salt, parallelism, memory, passes, tagLength }
  const extras = { ...(secret && { secret }), ...(associatedData && { associatedData }) }
  return hex(argon2Sync('argon2id', { ...parameters, ...extras }))
}

function byNodeRs({ password, salt, secret, ...costs }: Argon2idOptions): string {
  const hash = hashRawSync(password, {
    algorithm: 2,
    salt,
    memoryCost: costs.memoryKiB,
    timeCost: costs.iterations,
    parallelism: costs.parallelism,
    outputLen: costs.hashBytes,
    ...(secret && { secret }),
  })
  return hex(hash)
}

function byHashWasm({ password, salt, secret, ...costs }: Argon2idOptions): Promise<string> {
  return hashWasm({
    password,
    salt,
    memorySize: costs.memoryKiB,
    iterations: costs.iterations,
    parallelism: costs.parallelism,
    hashLength: costs.hashBytes,
    outputType: 'hex',
    ...(secret && { secret }),
  })
}

type Random = (from: number, to: number) => number

/** Mulberry32: the same cases every time. */
function randomFrom(seed: number): Random {
  let state = seed
  return (from, to) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    return from + Math.floor(fraction * (to - from + 1))
  }
}

function randomOptions(random: Random): Argon2idOptions {
  const parallelism = random(1, 8)
  // One case in eight has segments longer than the 128 addresses of one block.
  const memoryMost = random(1, 8) === 1 ? 6000 : 8 * parallelism + 300
  return {
    password: random(1, 3) === 1 ? randomText(random) : randomBytes(random, 1),
    salt: randomBytes(random, 8),
    memoryKiB: random(8 * parallelism, memoryMost),
    iterations: random(1, memoryMost === 6000 ? 2 : 6),
    parallelism,
    hashBytes: random(1, 4) === 1 ? random(4, 1000) : random(4, 130),
    ...(random(1, 3) === 1 && { secret: randomBytes(random, 1) }),
    ...(random(1, 4) === 1 && { associatedData: randomBytes(random, 0) }),
  }
}

/** Lengths around the edges of BLAKE2b's pieces as often as others. */
function randomBytes(random: Random, least: number): Uint8Array {
  const most = random(1, 2) === 1 ? 1000 : 140
  return Uint8Array.from({ length: random(least, most) }, () => random(0, 255))
}

function randomText(random: Random): Uint8Array {
  const ranges = [
    [0x20, 0x7e],
    [0xa0, 0x17f],
    [0x300, 0x36f],
    [0x4e00, 0x9fff],
    [0x1f300, 0x1faff],
  ] as const
  const points = Array.from({ length: random(1, 128) }, () => {
    const [from, to] = ranges[random(0, ranges.length - 1)] ?? ranges[0]
    return random(from, to)
  })
  return new TextEncoder().encode(String.fromCodePoint(...points))
}

function describeCase(options: Argon2idOptions): string {
  const { password, salt, secret, associatedData, ...costs } = options
  const lengths = [password, salt, secret, associatedData].map((bytes) => bytes?.length)
  return `${JSON.stringify(costs)} lengths ${lengths}`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
