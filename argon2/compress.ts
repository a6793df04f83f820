// The compression function G of Argon2 (RFC 9106, sections 3.5 and 3.6), two 64-bit words a vector.

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { STATE, ZERO } from './memory'

export const BLOCK_BYTES: usize = 1024

const VECTOR: usize = 16
const ROW: usize = 128
const HALF_ROW: usize = 64

// Where in a row or a column the four words of each letter begin, in vectors.
const A: usize = 0
const B: usize = 2
const C: usize = 4
const D: usize = 6

// Byte orders of the rotations to the right.
const BY_24: usize = memory.data<u8>([3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10])
const BY_16: usize = memory.data<u8>([2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9])

function lows(x: v128, y: v128): v128 {
  return v128.shuffle<u32>(x, y, 0, 2, 4, 6)
}

function sum(x: v128, y: v128, product: v128): v128 {
  return i64x2.add(i64x2.add(x, y), i64x2.add(product, product))
}

function join(x: v128, y: v128): v128 {
  return v128.shuffle<u64>(x, y, 1, 2)
}

// Everything here becomes part of its caller, with constants in place of what it was given.
// biome-ignore lint/complexity/noStaticOnlyClass: only methods may be decorated
class Inline {
  @inline
  static rotated(x: v128, bits: i32, order: v128): v128 {
    if (bits === 32) return v128.shuffle<u32>(x, x, 1, 0, 3, 2)
    if (bits === 63) return v128.or(i64x2.add(x, x), i64x2.shr_u(x, 63))
    return i8x16.relaxed_swizzle(x, order)
  }

  // x = x + y + 2 * low(x) * low(y), z = (z ^ x) >>> bits, for one row or column. One shuffle gathers
  // the low words of two vectors for two multiplications.
  //
  // Whatever is written last in a round is written turned, so that the next round finds the diagonals
  // where the columns were: a by one word, b by two, c by three. After two rounds b is back in its
  // place, and a and c have their vectors exchanged.
  @inline
  static step(
    at: usize,
    stride: usize,
    x: usize,
    y: usize,
    z: usize,
    bits: i32,
    order: v128,
  ): void {
    let x0 = v128.load(at + x * stride)
    let x1 = v128.load(at + (x + 1) * stride)
    const y0 = v128.load(at + y * stride)
    const y1 = v128.load(at + (y + 1) * stride)
    const lowX = lows(x0, x1)
    const lowY = lows(y0, y1)
    x0 = sum(x0, y0, i64x2.extmul_low_i32x4_u(lowX, lowY))
    x1 = sum(x1, y1, i64x2.extmul_high_i32x4_u(lowX, lowY))
    const z0 = Inline.rotated(v128.xor(v128.load(at + z * stride), x0), bits, order)
    const z1 = Inline.rotated(v128.xor(v128.load(at + (z + 1) * stride), x1), bits, order)
    const turnX = bits === 16 || bits === 63
    const turned0 = turnX ? join(x0, x1) : x0
    const turned1 = turnX ? join(x1, x0) : x1
    const swap = bits === 63
    v128.store(at + x * stride, swap ? turned1 : turned0)
    v128.store(at + (x + 1) * stride, swap ? turned0 : turned1)
    v128.store(at + z * stride, swap ? z1 : z0)
    v128.store(at + (z + 1) * stride, swap ? z0 : z1)
  }

  // One step for all eight rows or columns, since a processor that goes on with one waits for its
  // chain of multiplications. Written out, since workerd checks every address against the memory's
  // size unless it is a constant.
  @inline
  static stepAll(stride: usize, next: usize, x: usize, y: usize, z: usize, bits: i32): void {
    const order = v128.load(bits === 24 ? BY_24 : BY_16)
    Inline.step(STATE, stride, x, y, z, bits, order)
    Inline.step(STATE + next, stride, x, y, z, bits, order)
    Inline.step(STATE + 2 * next, stride, x, y, z, bits, order)
    Inline.step(STATE + 3 * next, stride, x, y, z, bits, order)
    Inline.step(STATE + 4 * next, stride, x, y, z, bits, order)
    Inline.step(STATE + 5 * next, stride, x, y, z, bits, order)
    Inline.step(STATE + 6 * next, stride, x, y, z, bits, order)
    Inline.step(STATE + 7 * next, stride, x, y, z, bits, order)
  }

  @inline
  static permuteAll(stride: usize, next: usize): void {
    for (let round = 0; round < 2; round++) {
      Inline.stepAll(stride, next, A, B, D, 32)
      Inline.stepAll(stride, next, C, D, B, 24)
      Inline.stepAll(stride, next, A, B, D, 16)
      Inline.stepAll(stride, next, C, D, B, 63)
    }
  }

  @inline
  static enter(x: usize, y: usize, state: usize): void {
    v128.store(state, v128.xor(v128.load(x), v128.load(y)))
  }

  @inline
  static leave(x: usize, y: usize, old: usize, out: usize, state: usize): void {
    const r = v128.xor(v128.load(x), v128.load(y))
    v128.store(out, v128.xor(r, v128.xor(v128.load(old), v128.load(state))))
  }
}

/** Writes G(x, y) to `out`, added to what was there if asked to: after the first pass (section 3.1.2, step 6). */
export function compress(x: usize, y: usize, out: usize, addOld: bool): void {
  for (let at: usize = 0; at < BLOCK_BYTES; at += HALF_ROW) {
    const fromX = x + at
    const fromY = y + at
    const state = STATE + at
    Inline.enter(fromX, fromY, state)
    Inline.enter(fromX + 16, fromY + 16, state + 16)
    Inline.enter(fromX + 32, fromY + 32, state + 32)
    Inline.enter(fromX + 48, fromY + 48, state + 48)
  }
  Inline.permuteAll(VECTOR, ROW)
  Inline.permuteAll(ROW, VECTOR)
  const old = addOld ? out : ZERO
  for (let at: usize = 0; at < BLOCK_BYTES; at += HALF_ROW) {
    const fromX = x + at
    const fromY = y + at
    const before = old + at
    const after = out + at
    // Rows 0 and 1 are exchanged as vectors 0 and 1 are, so are 4 and 5.
    const state = STATE + (at ^ (~(at >> 1) & ROW))
    Inline.leave(fromX, fromY, before, after, state + 16)
    Inline.leave(fromX + 16, fromY + 16, before + 16, after + 16, state)
    Inline.leave(fromX + 32, fromY + 32, before + 32, after + 32, state + 32)
    Inline.leave(fromX + 48, fromY + 48, before + 48, after + 48, state + 48)
  }
}
