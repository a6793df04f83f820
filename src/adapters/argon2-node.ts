import type { DeriveArgon2id } from '../utils/password.ts'
import { deriveByHashWasm } from './argon2-hash-wasm.ts'

/** The package's `Algorithm.Argon2id`, a const enum that this compiler setting cannot read. */
const ARGON2ID = 2

/** Argon2id off the event loop by the native module; by hash-wasm on a platform for which there is none. */
export async function loadArgon2(): Promise<{ derive: DeriveArgon2id; isNative: boolean }> {
  try {
    const { hashRaw } = await import('@node-rs/argon2')
    const derive: DeriveArgon2id = ({ memoryKiB, iterations, hashBytes, password, ...input }) =>
      hashRaw(password, {
        ...input,
        algorithm: ARGON2ID,
        memoryCost: memoryKiB,
        timeCost: iterations,
        outputLen: hashBytes,
      })
    return { derive, isNative: true }
  } catch {
    return { derive: deriveByHashWasm, isNative: false }
  }
}
