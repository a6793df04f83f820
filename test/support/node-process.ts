import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SECRET } from './app.ts'
import { GENEROUS } from './limits.ts'

export type NodeProcess = Awaited<ReturnType<typeof startNode>>

/**
 * What `npm run build` makes and production runs, without the command around it, which would read a developer's .env.
 * vitest.config.ts builds it, for it starts in half the time of its sources.
 */
export const SERVER = 'dist/node/lib/server.js'

type StartOptions = {
  program?: string
  cwd?: string
  /** Words of the shell that becomes the process, such as a limit of it. */
  before?: string
}

/** The service as a process of its own, on a free port; resolves when it listens. */
export async function startNode(
  env: Record<string, string>,
  { program = SERVER, cwd = '.', before = '' }: StartOptions = {},
) {
  const child = spawn('/bin/sh', ['-c', `${before} exec "$0" "$1"`, process.execPath, program], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      JWT_SECRET_KEY: SECRET,
      RATE_LIMITS: GENEROUS,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const base = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk
      const found = /Listening on (http:\/\/[^\s,]+)/.exec(output)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    exited.then(() => reject(new Error(`the service ended:\n${output}`)))
  })
  const request = (path: string, init: RequestInit = {}) => fetch(base + path, init)
  const post = (path: string, body: unknown, token?: string) =>
    request(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
  return {
    base,
    port: Number(new URL(base).port),
    child,
    exited,
    output: () => output,
    request,
    post,
    get: (path: string, token?: string) =>
      request(path, token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    refresh: (token: string) =>
      request('/auth/refresh', { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
