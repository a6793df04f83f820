import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { newKey } from '../support/keys.ts'
import { type Service, startService } from '../support/service.ts'

export const EXAMPLES = ['spa', 'plain-html', 'api', 'server-rendered'] as const

export type Example = { url: string; output: () => string; stop: () => Promise<void> }

/** The service as `npm run dev` sets it up: pages of this machine may call, also by cookie, and keys are published. */
export async function startForExamples(): Promise<Service> {
  const anyPort = 'http://localhost:*'
  const service = await startService({
    ...{ HOST: 'localhost', CORS_ORIGINS: anyPort, COOKIE_ORIGINS: anyPort },
    ...{ WEBAUTHN_RP_ID: 'localhost', WEBAUTHN_ORIGINS: anyPort },
    JWT_ALGORITHM: 'ES256',
    JWT_KEYS: JSON.stringify({ current: await newKey('ES256'), previous: [] }),
  })
  // An app and the service must be reached by one name, or browsers take them for two sites.
  return { ...service, base: service.base.replace('127.0.0.1', 'localhost') }
}

/**
 * The examples with a client that was built for them, in a folder below the clone, whose packages they find as if `npm
 * install` had brought them. Nothing that other tests build or read is touched.
 */
export async function copyExamples() {
  mkdirSync('dist', { recursive: true })
  const root = resolve(mkdtempSync(join('dist', 'examples-')))
  const client = join(root, 'client')
  cpSync('examples', join(root, 'examples'), {
    recursive: true,
    filter: (path) => basename(path) !== 'node_modules',
  })
  mkdirSync(client)
  cpSync('client/package.json', join(client, 'package.json'))
  const build = ['tools/build-client.ts', join(client, 'dist')]
  await promisify(execFile)(process.execPath, build)
  for (const name of EXAMPLES) {
    const packages = join(root, 'examples', name, 'node_modules')
    mkdirSync(packages)
    symlinkSync(client, join(packages, 'edge-auth-client'))
  }
  return { root, remove: () => rmSync(root, { recursive: true }) }
}

/** Runs the second command of an example's README.md on a port; the client is built already. */
export async function startExample(
  folder: string,
  port: number,
  env: Record<string, string>,
): Promise<Example> {
  const url = `http://localhost:${port}`
  const child = spawn('npm', ['run', 'dev', '--ignore-scripts'], {
    cwd: folder,
    // npm starts others, and all of them are to end.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: String(port), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const exited = once(child, 'exit')
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await exited
  }
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${folder} ended:\n${output}`)
    await new Promise((wake) => setTimeout(wake, 50))
  }
  return { url, output: () => output, stop }
}

const answers = (url: string) =>
  fetch(url).then(
    ({ status }) => status < 500,
    () => false,
  )
