import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { flattenDeclarations } from './flat-declarations.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Another folder may be named, for whoever must not disturb those that use this one. */
const DIST = process.argv[2] ?? join(ROOT, 'client/dist')

/** The declarations of every file of the client, by the compiler. */
function emitDeclarations(folder: string): void {
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder]
  execFileSync(process.execPath, [join(compiler, 'bin/tsc'), '-p', 'client', ...emit], {
    cwd: ROOT,
    stdio: 'inherit',
  })
}

rmSync(DIST, { recursive: true, force: true })

/**
 * Three entries. What is loaded when it is needed stays a module of its own, which the bundler of an app keeps apart, too.
 * Whoever debugs an app finds the sources in the maps.
 */
await build({
  absWorkingDir: ROOT,
  entryPoints: {
    index: 'client/index.ts',
    react: 'client/react/index.ts',
    server: 'client/server/index.ts',
  },
  outdir: DIST,
  chunkNames: '[name]-[hash]',
  external: ['jose', 'react'],
  bundle: true,
  splitting: true,
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
  const write = (name: string, text: string) => writeFileSync(join(DIST, name), text)
  write('index.d.ts', flattenDeclarations('./index.ts', read))
  write(
    'server.d.ts',
    flattenDeclarations('./index.ts', (path) => read(join('server', path))),
  )
  // One file, which has the types of the client from the client.
  write('react.d.ts', read('react/index.d.ts').replace("'../index.ts'", "'./index.js'"))
} finally {
  rmSync(folder, { recursive: true })
}
