import kernel from '../../argon2/argon2id.wasm'
import argon2 from '../../dist/wasm/argon2.wasm'
import blake2b from '../../dist/wasm/blake2b.wasm'
import type { DeriveArgon2id } from '../core/passwords/phc.ts'
import type { Logger } from '../utils/log.ts'
import { deriveByKernelOr } from './argon2-fallback.ts'

/** A turn takes about a millisecond, so that a hash is put off by no more than a sixth of itself. */
const MAX_TURNS = 3

/** Hardly any engine needs it, so that no start loads it. */
const scalar: DeriveArgon2id = async (input) => {
  const { hashWasmFrom } = await import('./argon2-hash-wasm-worker.ts')
  return hashWasmFrom({ argon2, blake2b })(input)
}

/**
 * Argon2id on Workers by the SIMD kernel, whose memory is mapped once an isolate. It blocks the only thread there is, so
 * it lets all other events pass before it begins, and waits a little for statements that are not answered yet: a token
 * check takes some seven turns of the event loop, and would find another hash in each.
 */
export function deriveOnWorkers(isAnyInFlight: () => boolean, logger: Logger): DeriveArgon2id {
  const derive = deriveByKernelOr(scalar, kernel, logger)
  return async (input) => {
    let turns = 0
    do await new Promise((resolve) => setTimeout(resolve, 0))
    while (++turns < MAX_TURNS && isAnyInFlight())
    return derive(input)
  }
}
