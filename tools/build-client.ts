import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { flattenDeclarations } from './flat-declarations.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'client/dist')

/** The declarations of every file of the client, by the compiler. */
function emitDeclarations(folder: string): void {
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder]
  execFileSync(process.execPath, [join(compiler, 'bin/tsc'), '-p', 'client', ...emit], {
    cwd: ROOT,
    stdio: 'inherit',
  })
}

/** One module without imports; whoever debugs an app finds the sources in the map. */
await build({
  absWorkingDir: ROOT,
  entryPoints: ['client/index.ts'],
  outfile: join(DIST, 'index.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
})

const folder = mkdtempSync(join(tmpdir(), 'edge-auth-client-'))
try {
  emitDeclarations(folder)
  const read = (path: string) => readFileSync(join(folder, 'client', path), 'utf8')
  writeFileSync(join(DIST, 'index.d.ts'), flattenDeclarations('./index.ts', read))
} finally {
  rmSync(folder, { recursive: true })
}
