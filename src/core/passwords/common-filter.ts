/**
 * The common passwords as a filter: of each the first 38 bits of its SHA-256, in buckets by the first 14. It holds no
 * password, and knows every one that it was made of. Of others it knows one in `2 ** 38 / size`.
 *
 * The file is a byte for each bucket, its number of entries, and then three bytes for each entry, the other 24 bits.
 */
export const HASH_BITS = 38
export const REMAINDER_BITS = 24
export const BUCKETS = 2 ** (HASH_BITS - REMAINDER_BITS)
export const REMAINDER_BYTES = REMAINDER_BITS / 8
/** A file with fewer is not the one that the service came with. */
export const MIN_ENTRIES = 100_000

export type CommonFilter = {
  /** How many entries it has. */
  size: number
  /** True for the SHA-256 of each password that it was made of. */
  has: (digest: Uint8Array) => boolean
}

/** Where an entry is, by the first bits of a SHA-256. */
export function placeOf(digest: Uint8Array): { bucket: number; remainder: number } {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = digest
  return {
    bucket: (a << 6) | (b >> 2),
    remainder: ((b & 3) << 22) | (c << 14) | (d << 6) | (e >> 2),
  }
}

/** Reads the file. Throws for any other, such as a page that says that there is none, or a part of it. */
export function readCommonFilter(bytes: Uint8Array): CommonFilter {
  const starts = new Uint32Array(BUCKETS + 1)
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    starts[bucket + 1] = at(starts, bucket) + at(bytes, bucket)
  }
  const size = at(starts, BUCKETS)
  if (size < MIN_ENTRIES || bytes.length !== BUCKETS + size * REMAINDER_BYTES) {
    throw Object.assign(new Error('this is not the filter of common passwords'), {
      code: 'NOT_THE_FILTER',
    })
  }
  const remainderOf = (entry: number) => {
    const first = BUCKETS + entry * REMAINDER_BYTES
    return (at(bytes, first) << 16) | (at(bytes, first + 1) << 8) | at(bytes, first + 2)
  }
  return {
    size,
    has(digest) {
      const { bucket, remainder } = placeOf(digest)
      const end = at(starts, bucket + 1)
      for (let entry = at(starts, bucket); entry < end; entry++) {
        if (remainderOf(entry) === remainder) return true
      }
      return false
    },
  }
}

function at(numbers: Uint8Array | Uint32Array, index: number): number {
  return numbers[index] ?? 0
}
