import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { newKey } from '../support/keys.ts'
import { freePort } from '../support/ports.ts'
import { type Service, startService } from '../support/service.ts'

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

/** Has an example find the client as `npm install` lets it; all else that it needs is among the packages of this project. */
function linkClient(folder: string): void {
  const link = join(folder, 'node_modules', 'edge-auth-client')
  if (existsSync(link)) return
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(resolve('client'), link)
}

/** Runs the second command of an example's README.md, on a free port. */
export async function startExample(name: string, env: Record<string, string>): Promise<Example> {
  const folder = join('examples', name)
  linkClient(folder)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn('npm', ['run', 'dev'], {
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
    if (child.exitCode !== null) throw new Error(`examples/${name} ended:\n${output}`)
    await new Promise((wake) => setTimeout(wake, 50))
  }
  return { url, output: () => output, stop }
}

const answers = (url: string) =>
  fetch(url).then(
    ({ status }) => status < 500,
    () => false,
  )
