import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve as absolute, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyCommonPasswords, copyDocsAssets } from './assets.ts'
import { NATIVE, nodePackage } from './node-package.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Others may put their folders there meanwhile; one of us is the last. */
const ATTEMPTS = 10

/** What can be run in dist/node, with the source of each. */
const COMMANDS = {
  server: 'src/node.ts',
  migrate: 'tools/migrate.ts',
  grants: 'tools/grants.ts',
  backup: 'tools/backup.ts',
  admin: 'tools/admin.ts',
  invite: 'tools/invite.ts',
  keys: 'tools/keys.ts',
  pseudonym: 'tools/pseudonym.ts',
  health: 'tools/health.ts',
}
/** The scripts of its package.json besides `start`. */
const SCRIPTS = {
  'db:migrate': 'migrate',
  'db:grants': 'grants',
  'db:backup': 'backup',
  admin: 'admin',
  invite: 'invite',
  keys: 'keys',
  pseudonym: 'pseudonym',
} satisfies Record<string, keyof typeof COMMANDS>
/** Read by PGlite from beside itself. */
const PGLITE_FILES = ['pglite.wasm', 'pglite.data', 'initdb.wasm']

const { resolve } = createRequire(import.meta.url)

/**
 * Builds a folder that runs alone, wherever it is copied to, with no packages beside it but the native ones. It is made
 * aside and then put in place, so that it holds no files of an earlier build, and a failed build leaves the earlier one.
 */
async function buildNode(out: string): Promise<void> {
  mkdirSync(dirname(out), { recursive: true })
  const aside = mkdtempSync(join(dirname(out), '.node-'))
  const folder = join(aside, 'node')
  try {
    mkdirSync(folder)
    await bundle(join(folder, 'lib'))
    await Promise.all([
      ...PGLITE_FILES.map((name) =>
        copyFile(resolve(`#pglite/${name}`), join(folder, 'lib', name)),
      ),
      cp(join(ROOT, 'drizzle'), join(folder, 'migrations'), { recursive: true }),
      copyDocsAssets(join(folder, 'docs')),
      copyCommonPasswords(join(folder, 'lib')),
      writeCommands(folder),
      ...Object.entries(nodePackage(SCRIPTS)).map(([name, content]) =>
        writeFile(join(folder, name), `${JSON.stringify(content, null, 2)}\n`),
      ),
    ])
    putInPlace(folder, out)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/**
 * To load some hundred modules one by one, and to strip their types, costs several times what the service needs to
 * start.
 */
async function bundle(outdir: string): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      ...COMMANDS,
      worker: 'src/database/embedded/worker.ts',
      'load-env': 'tools/load-env.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // pg loads Node's own modules with `require`, which ES modules lack.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    external: NATIVE,
    alias: { zod: './src/utils/zod-worker.ts' },
    logLevel: 'warning',
  })
}

/** Static imports would be read before the check, and an old Node would say something else. */
async function writeCommands(folder: string): Promise<void> {
  const check = await readFile(join(ROOT, 'tools/require-node.cjs'), 'utf8')
  const commands = Object.keys(COMMANDS).map((name) =>
    writeFile(
      join(folder, `${name}.js`),
      `${check}import('./lib/load-env.js').then(function () { return import('./lib/${name}.js') })\n`,
    ),
  )
  await Promise.all(commands)
}

function putInPlace(folder: string, out: string): void {
  for (let left = ATTEMPTS; ; left--) {
    const old = mkdtempSync(join(dirname(out), '.old-'))
    try {
      if (existsSync(out)) renameSync(out, join(old, 'node'))
      renameSync(folder, out)
      return
    } catch (error) {
      if (left <= 1) throw error
    } finally {
      rmSync(old, { recursive: true, force: true })
    }
  }
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'dist/node') },
    'or-keep': { type: 'boolean', default: false },
  },
})
const out = absolute(values.out)
try {
  await buildNode(out)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  if (values['or-keep'] && existsSync(join(out, 'server.js'))) {
    console.log('dist/node is started as it is, for what builds it is not installed.')
  } else {
    console.error(`What builds the service is not installed here (npm ci --omit=dev).
Build it where all packages are: npm ci && npm run build
Then copy dist/node to where it runs: cd dist/node && npm ci && npm start`)
    process.exitCode = 1
  }
}
