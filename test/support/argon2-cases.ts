import type { Argon2KernelOptions } from '../../src/adapters/argon2-kernel.ts'

type Random = (from: number, to: number) => number

/** Mulberry32: the same cases every time. */
export function randomFrom(seed: number): Random {
  let state = seed
  return (from, to) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    return from + Math.floor(fraction * (to - from + 1))
  }
}

/** All parameters, small enough for thousands of cases. */
export function randomOptions(random: Random): Argon2KernelOptions {
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
