import { type Argon2id, argon2idOver } from '../core/passwords/phc.ts'
import { deriveByHashWasm } from './argon2-hash-wasm.ts'

/** The package's `Algorithm.Argon2id`, a const enum that this compiler setting cannot read. */
const ARGON2ID = 2

/** Argon2id off the event loop by the native module; by hash-wasm on a platform for which there is none. */
export async function loadArgon2(): Promise<Argon2id & { isNative: boolean }> {
  try {
    const { hash, verify } = await import('@node-rs/argon2')
    return {
      hash: (password, { memoryKiB, iterations, parallelism }) =>
        hash(password, {
          algorithm: ARGON2ID,
          memoryCost: memoryKiB,
          timeCost: iterations,
          parallelism,
        }),
      verify,
      isNative: true,
    }
  } catch {
    return { ...argon2idOver(deriveByHashWasm), isNative: false }
  }
}
