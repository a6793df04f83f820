// Argon2id (RFC 9106, version 0x13), all lanes in one thread, two 64-bit words a vector.

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { blake2b, longHash } from './blake2b'
// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { BLOCK_BYTES, compress } from './compress'
// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { ADDRESSES, BLOCKS, COUNTERS, FINAL, HALF, SEED, TAG, ZERO } from './memory'

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
export { BLOCKS, TAG, WORK } from './memory'

const ADDRESSES_A_BLOCK: u32 = 128
const ARGON2ID: u64 = 2

let lanes: u32 = 0
let laneLength: u32 = 0
let segmentLength: u32 = 0
let passes: u32 = 0

// The next 128 addresses (section 3.4.1.2): twice through the compression with a block of zeros.
function nextAddresses(): void {
  store<u64>(COUNTERS + 48, load<u64>(COUNTERS + 48) + 1)
  compress(ZERO, COUNTERS, HALF, false)
  compress(ZERO, HALF, ADDRESSES, false)
}

function blockAt(lane: u32, column: u32): usize {
  return BLOCKS + ((lane * laneLength + column) as usize) * BLOCK_BYTES
}

// Which block to refer to (sections 3.4.1.3 and 3.4.2), from J1 (low) and J2 (high).
function reference(pass: u32, slice: u32, lane: u32, index: u32, random: u64): usize {
  const ownLane = pass === 0 && slice === 0
  const refLane: u32 = ownLane ? lane : ((random >> 32) as u32) % lanes
  const finished: u32 = pass === 0 ? slice * segmentLength : laneLength - segmentLength
  const size: u32 = refLane === lane ? finished + index - 1 : finished - u32(index === 0)
  const j1 = random & 0xffffffff
  const back = ((size as u64) * ((j1 * j1) >> 32)) >> 32
  const oldest: u32 = pass === 0 || slice === 3 ? 0 : (slice + 1) * segmentLength
  const column: u32 = oldest + size - 1 - (back as u32)
  return blockAt(refLane, column < laneLength ? column : column - laneLength)
}

function startAddresses(slice: u32, lane: u32): void {
  memory.fill(COUNTERS, 0, BLOCK_BYTES)
  // The pass, at 0, is the first.
  store<u64>(COUNTERS + 8, lane as u64)
  store<u64>(COUNTERS + 16, slice as u64)
  store<u64>(COUNTERS + 24, (lanes * laneLength) as u64)
  store<u64>(COUNTERS + 32, passes as u64)
  store<u64>(COUNTERS + 40, ARGON2ID)
}

function fillSegment(pass: u32, slice: u32, lane: u32): void {
  // What makes it Argon2id: in this half pass no address depends on the password.
  const independent = pass === 0 && slice < 2
  const first: u32 = pass === 0 && slice === 0 ? 2 : 0
  if (independent) startAddresses(slice, lane)
  let column: u32 = slice * segmentLength + first
  let previous = blockAt(lane, column === 0 ? laneLength - 1 : column - 1)
  for (let index = first; index < segmentLength; index++) {
    let randomAt = previous
    if (independent) {
      const place = index % ADDRESSES_A_BLOCK
      if (place === 0 || index === first) nextAddresses()
      randomAt = ADDRESSES + (place as usize) * 8
    }
    const other = reference(pass, slice, lane, index, load<u64>(randomAt))
    const current = blockAt(lane, column)
    compress(previous, other, current, pass > 0)
    previous = current
    column++
  }
}

function fillFirstBlocks(lane: u32): void {
  store<u32>(SEED + 68, lane)
  for (let column: u32 = 0; column < 2; column++) {
    store<u32>(SEED + 64, column)
    longHash(blockAt(lane, column), BLOCK_BYTES, SEED, 72)
  }
}

/** Hashes the message H0 is made from, put at BLOCKS, and leaves the tag at TAG (section 3.2). */
export function hash(
  messageBytes: usize,
  memoryKiB: u32,
  iterations: u32,
  parallelism: u32,
  tagBytes: usize,
): void {
  lanes = parallelism
  passes = iterations
  segmentLength = memoryKiB / (4 * parallelism)
  laneLength = 4 * segmentLength

  blake2b(SEED, 64, BLOCKS, messageBytes)
  for (let lane: u32 = 0; lane < lanes; lane++) fillFirstBlocks(lane)
  for (let pass: u32 = 0; pass < passes; pass++) {
    for (let slice: u32 = 0; slice < 4; slice++) {
      for (let lane: u32 = 0; lane < lanes; lane++) fillSegment(pass, slice, lane)
    }
  }

  memory.fill(FINAL, 0, BLOCK_BYTES)
  for (let lane: u32 = 0; lane < lanes; lane++) {
    const last = blockAt(lane, laneLength - 1)
    for (let at: usize = 0; at < BLOCK_BYTES; at += 16) {
      v128.store(FINAL + at, v128.xor(v128.load(FINAL + at), v128.load(last + at)))
    }
  }
  longHash(TAG, tagBytes, FINAL, BLOCK_BYTES)
}
