import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { variables } from '../../src/config/index.ts'

/** What a shell may hold for other purposes, and what changes the programs that tests start. */
const FOREIGN = [
  // Postgres' clients, Cloudflare's and Git's.
  /^PG[A-Z]+$/,
  /^(CLOUDFLARE|CF|WRANGLER|MINIFLARE)_/,
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|CONFIG.*)$/,
  // Proxies would be asked for loopback addresses.
  /^(HTTPS?|ALL|NO|FTP)_PROXY$/i,
  // Node's, but for what belongs to the run itself.
  /^NODE_(?!ENV$|CHANNEL_|V8_COVERAGE$|COMPILE_CACHE$)/,
  // Colours in what is read, and a shell's own start.
  /^(FORCE_COLOR|NO_COLOR|CLICOLOR(_FORCE)?)$/,
  /^(BASH_ENV|ENV|CDPATH|GLOBIGNORE|SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|BASH_FUNC_.*)$/,
]

/** Removes what tests and the programs that they start must not inherit. Every run then is like one in a new shell. */
export function forgetSurroundings(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (name in variables || FOREIGN.some((pattern) => pattern.test(name))) delete env[name]
  }
}

/** The environment and arguments for bash that reads no file of anybody's, and finds this Node. */
export function plainBash() {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`
  // Another home: curl reads a file there.
  return { args: ['--noprofile', '--norc', '-eu', '-c'], env: { PATH, HOME: tmpdir() } }
}
