import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOCS_ASSETS } from '../src/utils/docs-assets.ts'
import { hashWasmModules } from './hash-wasm-modules.ts'
import { neonHttp } from './neon-http.ts'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

/**
 * Writes into dist/ what the Worker needs besides its source: hash-wasm's modules as files, Swagger UI's assets, and
 * the half of Neon's driver that it uses.
 */
export async function buildWorker(): Promise<void> {
  const wasm = join(DIST, 'wasm')
  const docs = join(DIST, 'assets', 'docs')
  await Promise.all([mkdir(wasm, { recursive: true }), mkdir(docs, { recursive: true })])
  const modules = await hashWasmModules()
  await Promise.all([
    neonHttp().then((code) => writeFile(join(DIST, 'neon-http.js'), code)),
    ...Array.from(modules, ([name, bytes]) => writeFile(join(wasm, `${name}.wasm`), bytes)),
    ...Object.keys(DOCS_ASSETS).map((name) => copyFile(join(SWAGGER_UI, name), join(docs, name))),
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker()
