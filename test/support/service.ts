import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Service = { base: string; output: () => string; stop: () => Promise<void> }

/** The service as a process of its own on Node, over an embedded database in a folder of its own, on a free port. */
export async function startService(env: Record<string, string> = {}): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-service-'))
  const child = spawn(process.execPath, ['src/node.ts'], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_FOLDER: join(folder, 'postgres'),
      JWT_SECRET_KEY: 'made-for-one-service-of-the-tests-0123456789',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const exited = once(child, 'exit')
  const listening = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk
      const base = /Listening on (http:\/\/\S+?),/.exec(output)?.[1]
      if (base) resolve(base)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    exited.then(() => reject(new Error(`the service ended:\n${output}`)))
  })
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await exited
    rmSync(folder, { recursive: true })
  }
  const base = await listening.catch(async (error: Error) => {
    await stop()
    throw error
  })
  return { base, output: () => output, stop }
}
