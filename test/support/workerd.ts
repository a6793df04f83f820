import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { GENEROUS } from './limits.ts'
import { freePort } from './ports.ts'

const require = createRequire(import.meta.url)
const WRANGLER = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
// Not bin/workerd, which is a script around it where install scripts do not run: it would be measured and ended instead.
const { default: WORKERD } = require('workerd') as { default: string }

/** The Worker as it would be deployed, in workerd itself, with nothing of Wrangler's between it and its clients. */
export async function startWorkerd(variables: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-workerd-'))
  await promisify(execFile)(
    process.execPath,
    ['--no-warnings', WRANGLER, 'deploy', '--dry-run', '--outdir', folder],
    { env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' } },
  )
  const port = await freePort()
  const modules = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name))
  const bound = { RATE_LIMITS: GENEROUS, ...variables }
  await writeFile(join(folder, 'config.capnp'), await configOf(modules, port, bound))
  const child = spawn(WORKERD, ['serve', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const base = `http://127.0.0.1:${port}`
  while (child.exitCode === null) {
    const answer = await fetch(`${base}/health`).catch(() => undefined)
    if (answer?.ok) break
  }
  return {
    base,
    port,
    output: () => output,
    /** Resident memory in MiB. */
    memory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true })
    },
  }
}

async function configOf(modules: string[], port: number, variables: Record<string, string>) {
  const settings = await readFile('wrangler.toml', 'utf8')
  const date = /compatibility_date = "(.+)"/.exec(settings)?.[1]
  const flags = /compatibility_flags = (\[.+\])/.exec(settings)?.[1]
  const worker = modules
    .sort((one) => (one === 'worker.js' ? -1 : 1))
    .map((name) => {
      const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule'
      return `(name = "${name}", ${kind} = embed "${name}")`
    })
  const bindings = [
    '(name = "ASSETS", service = "assets")',
    ...Object.entries(variables).map(
      ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
    ),
  ]
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "assets", disk = "${resolve('dist/assets')}"),
    (name = "internet", network = (allow = ["public", "private"])) ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")] );
const main :Workerd.Worker = (
  modules = [${worker.join(', ')}],
  compatibilityDate = "${date}",
  compatibilityFlags = ${flags},
  bindings = [${bindings.join(', ')}] );
`
}
