// BLAKE2b without a key (RFC 7693) and Argon2's hash of any length H' (RFC 9106, section 3.3).

// biome-ignore lint/correctness/useImportExtensions: the compiler adds .ts
import { CHAIN, DIGEST, PIECE, WORDS } from './memory'

// RFC 7693, section 2.7; rounds 10 and 11 use the first two rows again.
// biome-ignore format: one row a round
const SIGMA: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
  7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
  2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
  13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
  10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
])

// RFC 7693, section 2.6.
// biome-ignore-start lint/correctness/noPrecisionLoss: 64-bit integers
// biome-ignore format: four a line
const IV: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
])
// biome-ignore-end lint/correctness/noPrecisionLoss: 64-bit integers

const PIECE_BYTES: usize = 128

function mix(a: usize, b: usize, c: usize, d: usize, x: u64, y: u64): void {
  let wordA = load<u64>(WORDS + a * 8)
  let wordB = load<u64>(WORDS + b * 8)
  let wordC = load<u64>(WORDS + c * 8)
  let wordD = load<u64>(WORDS + d * 8)
  wordA += wordB + x
  wordD = rotr<u64>(wordD ^ wordA, 32)
  wordC += wordD
  wordB = rotr<u64>(wordB ^ wordC, 24)
  wordA += wordB + y
  wordD = rotr<u64>(wordD ^ wordA, 16)
  wordC += wordD
  wordB = rotr<u64>(wordB ^ wordC, 63)
  store<u64>(WORDS + a * 8, wordA)
  store<u64>(WORDS + b * 8, wordB)
  store<u64>(WORDS + c * 8, wordC)
  store<u64>(WORDS + d * 8, wordD)
}

function word(piece: usize, order: usize): u64 {
  return load<u64>(piece + (load<u8>(order) as usize) * 8)
}

function compress(piece: usize, bytesSoFar: u64, last: bool): void {
  memory.copy(WORDS, CHAIN, 64)
  memory.copy(WORDS + 64, IV, 64)
  store<u64>(WORDS + 96, load<u64>(WORDS + 96) ^ bytesSoFar)
  if (last) store<u64>(WORDS + 112, ~load<u64>(WORDS + 112))
  for (let round: usize = 0; round < 12; round++) {
    let order = SIGMA + (round % 10) * 16
    for (let i: usize = 0; i < 4; i++) {
      mix(i, i + 4, i + 8, i + 12, word(piece, order), word(piece, order + 1))
      order += 2
    }
    for (let i: usize = 0; i < 4; i++) {
      const b = ((i + 1) & 3) + 4
      const c = ((i + 2) & 3) + 8
      const d = ((i + 3) & 3) + 12
      mix(i, b, c, d, word(piece, order), word(piece, order + 1))
      order += 2
    }
  }
  for (let i: usize = 0; i < 64; i += 8) {
    const sum = load<u64>(WORDS + i) ^ load<u64>(WORDS + 64 + i)
    store<u64>(CHAIN + i, load<u64>(CHAIN + i) ^ sum)
  }
}

/** Writes the BLAKE2b hash (1 to 64 bytes) of a message, which may be where the hash goes. */
export function blake2b(output: usize, outputBytes: usize, input: usize, inputBytes: usize): void {
  memory.copy(CHAIN, IV, 64)
  store<u64>(CHAIN, load<u64>(CHAIN) ^ 0x01010000 ^ (outputBytes as u64))
  let done: usize = 0
  while (inputBytes - done > PIECE_BYTES) {
    compress(input + done, (done + PIECE_BYTES) as u64, false)
    done += PIECE_BYTES
  }
  memory.fill(PIECE, 0, PIECE_BYTES)
  memory.copy(PIECE, input + done, inputBytes - done)
  compress(PIECE, inputBytes as u64, true)
  memory.copy(output, CHAIN, outputBytes)
}

/** H': its length prefix overwrites the four bytes before the input. */
export function longHash(output: usize, outputBytes: usize, input: usize, inputBytes: usize): void {
  store<u32>(input - 4, outputBytes as u32)
  if (outputBytes <= 64) {
    blake2b(output, outputBytes, input - 4, inputBytes + 4)
    return
  }
  blake2b(DIGEST, 64, input - 4, inputBytes + 4)
  let left = outputBytes
  while (left > 64) {
    memory.copy(output, DIGEST, 32)
    output += 32
    left -= 32
    blake2b(DIGEST, min<usize>(left, 64), DIGEST, 64)
  }
  memory.copy(output, DIGEST, left)
}
