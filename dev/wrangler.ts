import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { requirePort } from './ports.ts'

export type Wrangler = {
  /** Resolves when the Worker listens. Rejects if Wrangler ends first. */
  ready: Promise<void>
  /** Resolves with a message when Wrangler ends, for any reason. */
  ended: Promise<string>
  /** Its output so far that has not been shown. */
  held(): string
  /** Shows its output from now on, including the Worker's log. */
  show(): void
  /** Ends Wrangler and everything it started. */
  stop(): Promise<void>
}

/** Wrangler uses no account and no telemetry, and does not ask the network. */
const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: 'true',
}

const PATIENCE_MS = 3000
const ATTEMPTS = 3
const PORT_TAKEN = /Address already in use/
const MAX_WAITING_BYTES = 1_048_576

const require = createRequire(import.meta.url)
// Wrangler's own launcher would only add a process.
const CLI = join(dirname(require.resolve('wrangler/package.json')), 'wrangler-dist', 'cli.js')

/** Writes the variables into a file that only this user can read. Everybody can see arguments. */
function writeVariables(variables: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-dev-'))
  chmodSync(folder, 0o700)
  const file = join(folder, 'variables.env')
  const quote = (value: string) => {
    const mark = ["'", '"', '`'].find((candidate) => !value.includes(candidate)) ?? ''
    // Wrangler expands $NAME inside its env files.
    return `${mark}${value.replaceAll('$', '\\$')}${mark}`
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}\n`)
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  return file
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The whole group has ended already.
  }
}

/** Holds back all output until the announcement, or until it must explain a failed start. */
function holdOutput(child: ChildProcess): { ready: Promise<void>; held(): string; show(): void } {
  let held = ''
  let isShown = false
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const listen = (output: NodeJS.WriteStream) => (chunk: Buffer) => {
    if (isShown) {
      // A terminal or pipe that nobody reads must not fill the memory.
      if (output.writableLength < MAX_WAITING_BYTES) output.write(chunk)
      return
    }
    held += chunk
    if (held.includes('Ready on ')) resolve()
  }
  child.stdout?.on('data', listen(process.stdout))
  child.stderr?.on('data', listen(process.stderr))
  return {
    ready,
    held: () => (isShown ? '' : held.trim()),
    show: () => {
      isShown = true
    },
  }
}

type WranglerOptions = {
  root: string
  port: number
  variables: Record<string, string>
  extra: string[]
  cli?: string
}

/**
 * Starts the Worker and resolves when it listens. Wrangler looks for free ports of its own, which another one that
 * starts at the same moment may take first, so that it is given some attempts. `onStart` gets the one of each attempt.
 */
export async function startWranglerPatiently(
  options: WranglerOptions,
  onStart: (wrangler: Wrangler) => void,
): Promise<Wrangler> {
  for (let left = ATTEMPTS; ; left--) {
    const wrangler = startWrangler(options)
    onStart(wrangler)
    try {
      await wrangler.ready
      return wrangler
    } catch (error) {
      if (left <= 1 || !PORT_TAKEN.test(String(error))) throw error
      await wrangler.stop()
      await requirePort(options.port)
    }
  }
}

/** Starts the Worker in workerd with the given variables, in its own process group. */
export function startWrangler(options: WranglerOptions): Wrangler {
  const { root, port, variables, extra, cli = CLI } = options
  const file = writeVariables(variables)
  const flags = ['--local', '--show-interactive-dev-session=false', '--env-file', file]
  const child = spawn(
    process.execPath,
    ['--no-warnings', cli, 'dev', '--port', String(port), ...flags, ...extra],
    {
      cwd: root,
      env: { ...process.env, ...QUIET },
      stdio: ['ignore', 'pipe', 'pipe'],
      // So Ctrl-C reaches only this process, which then stops everything in order.
      detached: true,
    },
  )
  const killAll = () => {
    signalGroup(child, 'SIGKILL')
    rmSync(dirname(file), { recursive: true, force: true })
  }
  process.on('exit', killAll)

  const output = holdOutput(child)
  const exited = once(child, 'exit')
  const ended = exited.then(([code, signal]) =>
    [`Wrangler ended (${signal ?? `exit code ${code}`})`, output.held()].filter(Boolean).join('\n'),
  )
  const failed = ended.then((reason) => Promise.reject(new Error(reason)))
  failed.catch(() => undefined)
  return {
    ready: Promise.race([output.ready, failed]),
    ended,
    held: output.held,
    show: output.show,
    async stop() {
      // Signals only Wrangler, which then ends its own processes. The rest is killed.
      child.kill('SIGINT')
      await Promise.race([exited, sleep(PATIENCE_MS, undefined, { ref: false })])
      killAll()
    },
  }
}
