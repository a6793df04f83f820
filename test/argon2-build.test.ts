import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../argon2/', import.meta.url))
const committed = readFileSync(join(folder, 'argon2id.wasm'))

test('the committed kernel is what its sources compile to', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'argon2-'))
  try {
    const output = join(scratch, 'argon2id.wasm')
    execFileSync(process.execPath, [join(folder, 'build.ts'), output], { cwd: scratch })
    expect(readFileSync(output).equals(committed)).toBe(true)
  } finally {
    rmSync(scratch, { recursive: true })
  }
})

test('the kernel is small, needs nothing, and shows no more than is used', () => {
  const module = new WebAssembly.Module(committed)
  expect(committed.length).toBeLessThan(20 * 1024)
  expect(WebAssembly.Module.imports(module)).toEqual([])
  const names = WebAssembly.Module.exports(module).map(({ name }) => name)
  expect(names.toSorted()).toEqual(['BLOCKS', 'TAG', 'WORK', 'hash', 'memory'])
})
