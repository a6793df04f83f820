// Where things are in the kernel's memory. Constants end below WORK; from WORK on everything is
// derived from a password sooner or later, and is for the caller to wipe.

export const WORK: usize = 2048

export const TAG: usize = 2048

// BLAKE2b: its chain, its 16 words, the last piece of a message padded, a digest.
export const CHAIN: usize = 3072
export const WORDS: usize = 3136
export const PIECE: usize = 3264
export const DIGEST: usize = 3392

// H0, column and lane (RFC 9106, section 3.2, steps 3 and 4); four bytes before are in use too.
export const SEED: usize = 3520

// Addresses that do not depend on data (section 3.4.1.1).
export const COUNTERS: usize = 4096
export const HALF: usize = 5120
export const ADDRESSES: usize = 6144
export const ZERO: usize = 7168

// The compression's state Q; the sum of the lanes' last blocks, with four bytes before in use.
export const STATE: usize = 8192
export const FINAL: usize = 9232

export const BLOCKS: usize = 12288
