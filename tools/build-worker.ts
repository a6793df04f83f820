import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyDocsAssets } from './docs-assets.ts'
import { hashWasmModules } from './hash-wasm-modules.ts'
import { neonHttp } from './neon-http.ts'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Writes into dist/ what the Worker needs besides its source: hash-wasm's modules as files, the files of the
 * docs page, and the half of Neon's driver that it uses.
 */
export async function buildWorker(): Promise<void> {
  const wasm = join(DIST, 'wasm')
  await mkdir(wasm, { recursive: true })
  const modules = await hashWasmModules()
  await Promise.all([
    neonHttp().then((code) => writeFile(join(DIST, 'neon-http.js'), code)),
    ...Array.from(modules, ([name, bytes]) => writeFile(join(wasm, `${name}.wasm`), bytes)),
    copyDocsAssets(join(DIST, 'assets', 'docs')),
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker()
