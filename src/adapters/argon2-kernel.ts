import { OutOfMemory } from '../core/passwords/phc.ts'

export type Argon2KernelOptions = {
  password: Uint8Array
  salt: Uint8Array
  memoryKiB: number
  iterations: number
  parallelism: number
  hashBytes: number
  secret?: Uint8Array
  associatedData?: Uint8Array
}

export type Argon2Kernel = {
  hash(options: Argon2KernelOptions): Uint8Array<ArrayBuffer>
}

type KernelExports = {
  memory: WebAssembly.Memory
  /** Everything from here on may hold secrets. */
  WORK: WebAssembly.Global<'i32'>
  TAG: WebAssembly.Global<'i32'>
  /** The message goes here and the blocks over it. */
  BLOCKS: WebAssembly.Global<'i32'>
  hash(
    messageBytes: number,
    memoryKiB: number,
    iterations: number,
    parallelism: number,
    tagBytes: number,
  ): void
}

const PAGE_BYTES = 65_536
const MAX_MEMORY_KIB = 65_536
const MAX_ITERATIONS = 100
const MAX_PARALLELISM = 255
const MAX_INPUT_BYTES = 1_048_576
const VERSION = 0x13
const TYPE_ARGON2ID = 2
const NOTHING = new Uint8Array()
/** V8 compiles a function for speed after some 150 blocks; these take a millisecond. */
const WARM_UP: Argon2KernelOptions = {
  password: NOTHING,
  salt: new Uint8Array(8),
  memoryKiB: 256,
  iterations: 1,
  parallelism: 1,
  hashBytes: 32,
}

/**
 * Argon2id (RFC 9106) on the compiled kernel, synchronous, in one instance whose memory stays
 * mapped, because mapping it costs half a hash. It has run a little before it is asked for
 * anything, so that the engine compiles it for speed, on another thread, before the first password.
 * Throws at once if the engine cannot run it, and `OutOfMemory`.
 */
export function createArgon2Kernel(module: WebAssembly.Module): Argon2Kernel {
  let kernel: KernelExports | undefined = instantiate(module)
  hashAndWipe(kernel, WARM_UP)

  return {
    hash(options) {
      checkBounds(options)
      kernel ??= instantiate(module)
      try {
        return hashAndWipe(kernel, options)
      } catch (error) {
        kernel = undefined
        throw error
      }
    },
  }
}

function checkBounds(options: Argon2KernelOptions): void {
  const { parallelism } = options
  checkRange('parallelism', parallelism, 1, MAX_PARALLELISM)
  checkRange('memoryKiB', options.memoryKiB, 8 * parallelism, MAX_MEMORY_KIB)
  checkRange('iterations', options.iterations, 1, MAX_ITERATIONS)
  checkRange('hashBytes', options.hashBytes, 4, 1024)
  checkRange('password length', options.password.length, 0, MAX_INPUT_BYTES)
  checkRange('salt length', options.salt.length, 8, MAX_INPUT_BYTES)
  checkRange('secret length', options.secret?.length ?? 0, 0, MAX_INPUT_BYTES)
  checkRange('associatedData length', options.associatedData?.length ?? 0, 0, MAX_INPUT_BYTES)
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Argon2id ${name} must be a whole number from ${least} to ${most}`)
  }
}

function instantiate(module: WebAssembly.Module): KernelExports {
  return allocating(() => new WebAssembly.Instance(module).exports as unknown as KernelExports)
}

/** Engines report the want of memory as a RangeError, like any number out of bounds. */
function allocating<Result>(task: () => Result): Result {
  try {
    return task()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new OutOfMemory('no memory for a hash', { cause: error })
  }
}

function hashAndWipe(kernel: KernelExports, options: Argon2KernelOptions): Uint8Array<ArrayBuffer> {
  const { memoryKiB, iterations, parallelism, hashBytes } = options
  const message = messageParts(options)
  const messageBytes = message.reduce((sum, part) => sum + part.length, 0)
  const usedBytes = kernel.BLOCKS.value + Math.max(messageBytes, memoryKiB * 1024)
  grow(kernel.memory, usedBytes)

  const memory = new Uint8Array(kernel.memory.buffer, 0, usedBytes)
  try {
    let at = kernel.BLOCKS.value
    for (const part of message) {
      memory.set(part, at)
      at += part.length
    }
    kernel.hash(messageBytes, memoryKiB, iterations, parallelism, hashBytes)
    return memory.slice(kernel.TAG.value, kernel.TAG.value + hashBytes)
  } finally {
    memory.fill(0, kernel.WORK.value)
  }
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) allocating(() => memory.grow(Math.ceil(missing / PAGE_BYTES)))
}

/** What H0 is the hash of (RFC 9106, section 3.2, step 1). */
function messageParts(options: Argon2KernelOptions): Uint8Array[] {
  const { password, salt, secret = NOTHING, associatedData = NOTHING } = options
  return [
    words(options.parallelism, options.hashBytes, options.memoryKiB, options.iterations),
    words(VERSION, TYPE_ARGON2ID),
    words(password.length),
    password,
    words(salt.length),
    salt,
    words(secret.length),
    secret,
    words(associatedData.length),
    associatedData,
  ]
}

function words(...values: number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * values.length))
  for (const [index, value] of values.entries()) bytes.setUint32(4 * index, value, true)
  return new Uint8Array(bytes.buffer)
}
