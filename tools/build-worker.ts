import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyCommonPasswords, copyDocsAssets } from './assets.ts'
import { hashWasmModules } from './hash-wasm-modules.ts'
import { neonHttp } from './neon-http.ts'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Writes into dist/ what the Worker needs besides its source: hash-wasm's modules as files, the files of the docs
 * page, the common passwords, and the half of Neon's driver that it uses. Another build may run at the same time, and a Worker that reads them.
 */
export async function buildWorker(): Promise<void> {
  await mkdir(DIST, { recursive: true })
  const folder = await mkdtemp(join(DIST, '.worker-'))
  try {
    const wasm = join(folder, 'wasm')
    await mkdir(wasm)
    const modules = await hashWasmModules()
    await Promise.all([
      neonHttp().then((code) => writeFile(join(folder, 'neon-http.js'), code)),
      ...Array.from(modules, ([name, bytes]) => writeFile(join(wasm, `${name}.wasm`), bytes)),
      copyDocsAssets(join(folder, 'assets', 'docs')),
      copyCommonPasswords(join(folder, 'assets')),
    ])
    await moveFiles(folder, DIST)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Puts each file in place as a whole. One that is there already is left alone, so that nothing reloads because of it. */
async function moveFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isFile())) {
    const made = join(entry.parentPath, entry.name)
    const place = join(to, relative(from, made))
    const former = await readFile(place).catch(() => undefined)
    if (former?.equals(await readFile(made))) continue
    await mkdir(dirname(place), { recursive: true })
    await rename(made, place)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker()
