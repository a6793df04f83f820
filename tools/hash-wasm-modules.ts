import { argon2id } from 'hash-wasm'
import { HASH_WASM_MODULES, type HashWasmModule } from '../src/adapters/argon2-hash-wasm-worker.ts'

/**
 * Returns the WebAssembly modules that the installed hash-wasm compiles for Argon2id. It captures them when hash-wasm
 * compiles them. Throws if the Worker's adapter does not know one of them.
 */
export async function hashWasmModules(): Promise<Map<HashWasmModule, Uint8Array>> {
  const { compile } = WebAssembly
  const found = new Map<HashWasmModule, Uint8Array>()
  WebAssembly.compile = async (source) => {
    const bytes = new Uint8Array(source as ArrayBuffer)
    const name = HASH_WASM_MODULES[bytes.byteLength]
    if (!name)
      throw new Error(
        `hash-wasm brings an unknown module of ${bytes.byteLength} bytes; look at it anew`,
      )
    found.set(name, bytes)
    return compile(source)
  }
  try {
    const input = { password: 'x', salt: new Uint8Array(16), outputType: 'binary' } as const
    await argon2id({ ...input, memorySize: 8, iterations: 1, parallelism: 1, hashLength: 16 })
  } finally {
    WebAssembly.compile = compile
  }
  return found
}
