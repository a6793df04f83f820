import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HASH_WASM_MODULES } from '../../src/adapters/argon2-hash-wasm-worker.ts'
import { hashWasmModules } from '../../tools/hash-wasm-modules.ts'

const file = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../dist/wasm/${name}.wasm`, import.meta.url)))

afterEach(() => {
  vi.doUnmock('hash-wasm')
  vi.resetModules()
})

describe('the modules that the Worker imports', () => {
  it('are byte for byte those that the installed hash-wasm hands to the compiler', async () => {
    const { compile } = WebAssembly
    const handed = await hashWasmModules()
    expect([...handed.keys()].sort()).toEqual(['argon2', 'blake2b'])
    for (const [name, bytes] of handed) expect(Buffer.compare(bytes, file(name))).toBe(0)
    expect(WebAssembly.compile).toBe(compile)
  })

  it('are known to the adapter by their size, each by its own', () => {
    const sizes = Object.entries(HASH_WASM_MODULES).map(([size, name]) => [name, Number(size)])
    expect(Object.fromEntries(sizes)).toEqual({
      argon2: file('argon2').length,
      blake2b: file('blake2b').length,
    })
  })

  it('are those of the version that is pinned, to the letter', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { dependencies: Record<string, string> }
    const installed = JSON.parse(
      readFileSync(new URL('../../node_modules/hash-wasm/package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    expect(manifest.dependencies['hash-wasm']).toBe(installed.version)
  })
})

describe('another hash-wasm', () => {
  const fake = (compiled: Uint8Array<ArrayBuffer>) =>
    vi.doMock('hash-wasm', () => ({ argon2id: () => WebAssembly.compile(compiled) }))

  it('with a module of another size fails the build, and the compiler is put back', async () => {
    const { compile } = WebAssembly
    fake(new Uint8Array([...file('argon2'), 0]))
    vi.resetModules()
    const fresh = await import('../../tools/hash-wasm-modules.ts')
    await expect(fresh.hashWasmModules()).rejects.toThrow('unknown module of 7149 bytes')
    expect(WebAssembly.compile).toBe(compile)
  })
})
