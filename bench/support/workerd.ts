import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { owned, stopChild } from './children.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const resolve = createRequire(import.meta.url)
const WRANGLER = join(dirname(resolve.resolve('wrangler/package.json')), 'wrangler-dist', 'cli.js')
const BUILD_WITHIN_MS = 60_000
const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: 'true',
}

export type Bundle = { folder: string; entry: string; modules: string[]; gzipBytes: number }
export type Workerd = { port: number; pid: number; stop: () => Promise<void> }

/** Makes a folder that is removed at the end of the run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-workerd-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a Wrangler command to its end, without telemetry. */
export async function runWrangler(command: string[]): Promise<void> {
  const child = spawn(process.execPath, ['--no-warnings', WRANGLER, ...command], {
    ...{ cwd: ROOT, timeout: BUILD_WITHIN_MS, stdio: ['ignore', 'ignore', 'inherit'] as const },
    env: { ...process.env, ...QUIET },
  })
  const [code] = await once(owned(child), 'exit')
  if (code !== 0) throw new Error(`wrangler ${command[0]} failed`)
}

/** Builds the Worker as it would be deployed. */
export async function bundleWorker(): Promise<Bundle> {
  const folder = temporaryFolder()
  await runWrangler(['deploy', '--dry-run', '--outdir', folder])
  const modules = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))
  const entry = modules.find((name) => name.endsWith('.js'))
  if (entry === undefined) throw new Error('the bundle has no entry')
  const sizes = modules.map((name) => gzipSync(readFileSync(join(folder, name))).length)
  return { folder, entry, modules, gzipBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** Makes a Worker that does nothing, to measure workerd itself. */
export function emptyBundle(): Bundle {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'empty.js'), 'export default { fetch: () => new Response("") }')
  return { folder, entry: 'empty.js', modules: ['empty.js'], gzipBytes: 0 }
}

/** Runs a bundle in workerd alone, without Wrangler's proxies. Drops its log. */
export async function startWorkerd(
  { folder, entry, modules }: Bundle,
  variables: Record<string, string>,
): Promise<Workerd> {
  const wrangler = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
  const date = /^compatibility_date = "(.*)"/m.exec(wrangler)?.[1] ?? ''
  const flags = /^compatibility_flags = (\[.*\])/m.exec(wrangler)?.[1] ?? '[]'
  const ordered = [entry, ...modules.filter((name) => name !== entry)]
  const embedded = ordered.map(
    (name) => `(name = "${name}", ${name.endsWith('.js') ? 'esModule' : 'wasm'} = embed "${name}")`,
  )
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  )
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "${date}", compatibilityFlags = ${flags}, globalOutbound = "internet",
  modules = [${embedded.join(', ')}], bindings = [${bindings.join(', ')}],
);`
  const file = join(folder, 'config.capnp')
  writeFileSync(file, config, { mode: 0o600 })
  const program: string = createRequire(resolve.resolve('wrangler/package.json'))('workerd').default
  const child = spawn(program, ['serve', file, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const told = createInterface(owned(child).stdio[3] as Readable)
  for await (const line of told) {
    const { event, port } = JSON.parse(line)
    if (event === 'listen') return { port, pid: child.pid ?? 0, stop: () => stopChild(child) }
  }
  throw new Error('workerd did not listen')
}
