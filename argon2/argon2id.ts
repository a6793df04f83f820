// Argon2id (RFC 9106, version 0x13), all lanes in one thread, two 64-bit words a vector.

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { blake2b, longHash } from './blake2b'
// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { ADDRESSES, BLOCKS, COUNTERS, FINAL, HALF, SEED, STATE, TAG, ZERO } from './memory'

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
export { BLOCKS, TAG, WORK } from './memory'

const BLOCK_BYTES: usize = 1024
const ADDRESSES_A_BLOCK: u32 = 128
const ARGON2ID: u64 = 2

let lanes: u32 = 0
let laneLength: u32 = 0
let segmentLength: u32 = 0
let passes: u32 = 0

// Byte orders of the rotations by 24 and by 16. Loaded at each use: V8 builds a constant anew every
// time, and a register held for it is one too few for the words.
const ROTATE_24: usize = memory.data<u8>([3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10])
const ROTATE_16: usize = memory.data<u8>([2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9])

function rotate32(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 0, 3, 2)
}

function rotate24(x: v128): v128 {
  return i8x16.swizzle(x, v128.load(ROTATE_24))
}

function rotate16(x: v128): v128 {
  return i8x16.swizzle(x, v128.load(ROTATE_16))
}

function rotate63(x: v128): v128 {
  return v128.or(i64x2.add(x, x), i64x2.shr_u(x, 63))
}

function lows(x: v128, y: v128): v128 {
  return v128.shuffle<u32>(x, y, 0, 2, 4, 6)
}

// The low words that x and y will have once rotated by 32.
function highs(x: v128, y: v128): v128 {
  return v128.shuffle<u32>(x, y, 1, 3, 5, 7)
}

// a + b + 2 * low(a) * low(b) (section 3.6), the low words of two vectors being gathered in one.
function sum0(a: v128, b: v128, lowA: v128, lowB: v128): v128 {
  const product = i64x2.extmul_low_i32x4_u(lowA, lowB)
  return i64x2.add(i64x2.add(a, b), i64x2.add(product, product))
}

function sum1(a: v128, b: v128, lowA: v128, lowB: v128): v128 {
  const product = i64x2.extmul_high_i32x4_u(lowA, lowB)
  return i64x2.add(i64x2.add(a, b), i64x2.add(product, product))
}

function join(x: v128, y: v128): v128 {
  return v128.shuffle<u64>(x, y, 1, 2)
}

// The two passes of the compression, told apart while compiling by the size of a type: rows read
// R = X ^ Y and write Q; columns read Q and add it to R, which waits in the output.
type Rows = u8
type Columns = u16

function read<Pass>(x: usize, y: usize, old: usize, out: usize, at: usize): v128 {
  if (sizeof<Pass>() === 2) return v128.load(STATE + at)
  const sum = v128.xor(v128.load(x + at), v128.load(y + at))
  v128.store(out + at, v128.xor(sum, v128.load(old + at)))
  return sum
}

function write<Pass>(out: usize, at: usize, value: v128): void {
  if (sizeof<Pass>() === 1) v128.store(STATE + at, value)
  else v128.store(out + at, v128.xor(v128.load(out + at), value))
}

// Two permutations P (section 3.6) interleaved, of a to d and of e to h: one alone would leave the
// processor waiting for its chain of multiplications. The diagonals are the columns once b, c and d
// have moved on by one, two and three words; moved twice, b and d stay with their vectors swapped.
function permuteTwo<Pass>(x: usize, y: usize, old: usize, out: usize, first: usize): void {
  const step: usize = sizeof<Pass>() === 1 ? 16 : 128
  const second = first + (sizeof<Pass>() === 1 ? 128 : 16)
  let a0 = read<Pass>(x, y, old, out, first)
  let e0 = read<Pass>(x, y, old, out, second)
  let a1 = read<Pass>(x, y, old, out, first + step)
  let e1 = read<Pass>(x, y, old, out, second + step)
  let b0 = read<Pass>(x, y, old, out, first + 2 * step)
  let f0 = read<Pass>(x, y, old, out, second + 2 * step)
  let b1 = read<Pass>(x, y, old, out, first + 3 * step)
  let f1 = read<Pass>(x, y, old, out, second + 3 * step)
  let c0 = read<Pass>(x, y, old, out, first + 4 * step)
  let g0 = read<Pass>(x, y, old, out, second + 4 * step)
  let c1 = read<Pass>(x, y, old, out, first + 5 * step)
  let g1 = read<Pass>(x, y, old, out, second + 5 * step)
  let d0 = read<Pass>(x, y, old, out, first + 6 * step)
  let h0 = read<Pass>(x, y, old, out, second + 6 * step)
  let d1 = read<Pass>(x, y, old, out, first + 7 * step)
  let h1 = read<Pass>(x, y, old, out, second + 7 * step)
  let lowA: v128
  let lowE: v128
  let lowB: v128
  let lowF: v128
  let lowC: v128
  let lowG: v128
  let lowD: v128
  let lowH: v128
  let t: v128
  let u: v128
  for (let half = 0; half < 2; half++) {
    lowA = lows(a0, a1)
    lowE = lows(e0, e1)
    lowB = lows(b0, b1)
    lowF = lows(f0, f1)
    a0 = sum0(a0, b0, lowA, lowB)
    e0 = sum0(e0, f0, lowE, lowF)
    a1 = sum1(a1, b1, lowA, lowB)
    e1 = sum1(e1, f1, lowE, lowF)
    d0 = v128.xor(d0, a0)
    h0 = v128.xor(h0, e0)
    d1 = v128.xor(d1, a1)
    h1 = v128.xor(h1, e1)
    lowC = lows(c0, c1)
    lowG = lows(g0, g1)
    lowD = highs(d0, d1)
    lowH = highs(h0, h1)
    d0 = rotate32(d0)
    h0 = rotate32(h0)
    d1 = rotate32(d1)
    h1 = rotate32(h1)
    c0 = sum0(c0, d0, lowC, lowD)
    g0 = sum0(g0, h0, lowG, lowH)
    c1 = sum1(c1, d1, lowC, lowD)
    g1 = sum1(g1, h1, lowG, lowH)
    b0 = rotate24(v128.xor(b0, c0))
    f0 = rotate24(v128.xor(f0, g0))
    b1 = rotate24(v128.xor(b1, c1))
    f1 = rotate24(v128.xor(f1, g1))
    lowA = lows(a0, a1)
    lowE = lows(e0, e1)
    lowB = lows(b0, b1)
    lowF = lows(f0, f1)
    a0 = sum0(a0, b0, lowA, lowB)
    e0 = sum0(e0, f0, lowE, lowF)
    a1 = sum1(a1, b1, lowA, lowB)
    e1 = sum1(e1, f1, lowE, lowF)
    d0 = rotate16(v128.xor(d0, a0))
    h0 = rotate16(v128.xor(h0, e0))
    d1 = rotate16(v128.xor(d1, a1))
    h1 = rotate16(v128.xor(h1, e1))
    lowC = lows(c0, c1)
    lowG = lows(g0, g1)
    lowD = lows(d0, d1)
    lowH = lows(h0, h1)
    c0 = sum0(c0, d0, lowC, lowD)
    g0 = sum0(g0, h0, lowG, lowH)
    c1 = sum1(c1, d1, lowC, lowD)
    g1 = sum1(g1, h1, lowG, lowH)
    b0 = rotate63(v128.xor(b0, c0))
    f0 = rotate63(v128.xor(f0, g0))
    b1 = rotate63(v128.xor(b1, c1))
    f1 = rotate63(v128.xor(f1, g1))
    t = join(b0, b1)
    u = join(f0, f1)
    b1 = join(b1, b0)
    f1 = join(f1, f0)
    b0 = t
    f0 = u
    t = c0
    u = g0
    c0 = c1
    g0 = g1
    c1 = t
    g1 = u
    t = join(d1, d0)
    u = join(h1, h0)
    d1 = join(d0, d1)
    h1 = join(h0, h1)
    d0 = t
    h0 = u
  }
  write<Pass>(out, first, a0)
  write<Pass>(out, second, e0)
  write<Pass>(out, first + step, a1)
  write<Pass>(out, second + step, e1)
  write<Pass>(out, first + 2 * step, b1)
  write<Pass>(out, second + 2 * step, f1)
  write<Pass>(out, first + 3 * step, b0)
  write<Pass>(out, second + 3 * step, f0)
  write<Pass>(out, first + 4 * step, c0)
  write<Pass>(out, second + 4 * step, g0)
  write<Pass>(out, first + 5 * step, c1)
  write<Pass>(out, second + 5 * step, g1)
  write<Pass>(out, first + 6 * step, d1)
  write<Pass>(out, second + 6 * step, h1)
  write<Pass>(out, first + 7 * step, d0)
  write<Pass>(out, second + 7 * step, h0)
}

// Section 3.5. After the first pass a block's old value is added; before, a block of zeros.
function fillBlock(x: usize, y: usize, out: usize, addOld: bool): void {
  const old = addOld ? out : ZERO
  for (let row: usize = 0; row < BLOCK_BYTES; row += 256) permuteTwo<Rows>(x, y, old, out, row)
  for (let column: usize = 0; column < 128; column += 32)
    permuteTwo<Columns>(x, y, old, out, column)
}

// The next 128 addresses (section 3.4.1.2): twice through the compression with a block of zeros.
function nextAddresses(): void {
  store<u64>(COUNTERS + 48, load<u64>(COUNTERS + 48) + 1)
  fillBlock(ZERO, COUNTERS, HALF, false)
  fillBlock(ZERO, HALF, ADDRESSES, false)
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
    fillBlock(previous, other, current, pass > 0)
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
