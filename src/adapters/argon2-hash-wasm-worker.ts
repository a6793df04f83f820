import type { DeriveArgon2id } from '../core/passwords/phc.ts'
import { deriveByHashWasm } from './argon2-hash-wasm.ts'

/** hash-wasm 4.13.0's modules by their size in bytes; a test compares them with the installed package. */
export const HASH_WASM_MODULES = { 7148: 'argon2', 7449: 'blake2b' } as Record<
  number,
  HashWasmModule | undefined
>

export type HashWasmModule = 'argon2' | 'blake2b'

/**
 * Argon2id by hash-wasm on Workers. hash-wasm compiles its modules from bytes, which workerd forbids (workerd#3593),
 * so whatever asks for them is handed the same modules, compiled when the Worker was deployed.
 */
export function hashWasmFrom(
  precompiled: Record<HashWasmModule, WebAssembly.Module>,
): DeriveArgon2id {
  WebAssembly.compile = async (source) => {
    const name = HASH_WASM_MODULES[source.byteLength]
    if (!name) throw new WebAssembly.CompileError('only modules known at deployment can be used')
    return precompiled[name]
  }
  return deriveByHashWasm
}
