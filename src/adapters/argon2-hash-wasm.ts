import { argon2id } from 'hash-wasm'
import type { DeriveArgon2id } from '../core/passwords/phc.ts'

/** Argon2id by hash-wasm, where WebAssembly may be compiled from bytes; blocks its thread while it computes. */
export const deriveByHashWasm: DeriveArgon2id = ({ memoryKiB, hashBytes, ...input }) =>
  argon2id({ ...input, memorySize: memoryKiB, hashLength: hashBytes, outputType: 'binary' })
