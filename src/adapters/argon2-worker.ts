import kernel from '../../argon2/argon2id.wasm'
import argon2 from '../../dist/wasm/argon2.wasm'
import blake2b from '../../dist/wasm/blake2b.wasm'
import { createArgon2id } from '../utils/argon2id.ts'
import type { DeriveArgon2id } from '../utils/phc.ts'
import { hashWasmFrom } from './argon2-hash-wasm-worker.ts'

const fast = createArgon2id(kernel)
/** The scalar implementation, for an engine that will not run the SIMD one. */
const scalar: DeriveArgon2id = (input) => hashWasmFrom({ argon2, blake2b })(input)

/**
 * Argon2id on Workers by the SIMD kernel, whose memory is mapped once an isolate. It blocks the only thread there is,
 * so it lets all other events pass before it begins.
 */
export const deriveOnWorkers: DeriveArgon2id = async (input) => {
  await new Promise((resolve) => setTimeout(resolve, 0))
  try {
    return fast.hash(input)
  } catch {
    return scalar(input)
  }
}
