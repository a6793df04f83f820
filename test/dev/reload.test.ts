import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const PATIENCE = { timeout: 100_000 }
const PARTS = [
  'src',
  'dev',
  'tools',
  'argon2',
  'drizzle',
  'package.json',
  'tsconfig.json',
  'wrangler.toml',
]

/** The sources in a folder of their own, for these tests change them. */
const copy = mkdtempSync(join(tmpdir(), 'edge-auth-reload-'))
for (const part of PARTS) cpSync(part, join(copy, part), { recursive: true })
symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A command of package.json in the copy, over a database of its own. */
async function start(script: string, argsFor: (port: number) => string[] = () => []) {
  const port = await freePort()
  const child = spawn('npm', ['run', script, ...argsFor(port)], {
    cwd: copy,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_FOLDER: mkdtempSync(join(copy, 'data-')),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  // Its streams close when everything that inherited them has ended.
  const ended = once(child, 'close')
  const base = `http://127.0.0.1:${port}`
  return {
    output: () => output,
    title: async () => {
      const answer = await fetch(`${base}/nowhere`, { signal: AbortSignal.timeout(5_000) })
      return ((await answer.json()) as { title: string }).title
    },
    signup: async (username: string) => {
      const email = `${username}@example.org`
      const answer = await fetch(`${base}/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, email, password: 'correct horse battery staple' }),
      })
      return answer.status
    },
    /** Asks npm to end, or npm and all that it started. */
    async end(whom: 'npm' | 'all') {
      const pid = Number(child.pid)
      process.kill(whom === 'npm' ? pid : -pid, 'SIGTERM')
      await ended
      await expect(fetch(`${base}/health`)).rejects.toThrow()
    },
  }
}

/** Writes another title of the problem into a file of the sources. */
function retitle(title: string): void {
  const path = join(copy, 'src/errors.ts')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/(not_found: \{ status: 404, title: )'[^']*'/, `$1'${title}'`))
}

it.each([
  ['dev', (port: number) => ['--', '--port', String(port)]],
  ['dev:node', () => []],
])(
  'npm run %s reloads on a change in src, and the data stays',
  async (script, argsFor) => {
    const service = await start(script, argsFor)
    try {
      await expect.poll(service.output, PATIENCE).toMatch(/is ready, after|Listening on/)
      expect(await service.signup('ada')).toBe(201)
      for (const title of [`First by ${script}`, `Second by ${script}`]) {
        expect(await service.title()).not.toBe(title)
        retitle(title)
        await expect.poll(service.title, PATIENCE).toBe(title)
      }
      expect(await service.signup('ada')).toBe(409)
      expect(service.output()).not.toMatch(/cannot be used|internal_error/)
    } finally {
      await service.end('all')
    }
  },
  300_000,
)

it('npm run dev:node survives code that cannot run, and ends by a SIGTERM to npm', async () => {
  const service = await start('dev:node')
  const path = join(copy, 'src/errors.ts')
  const text = readFileSync(path, 'utf8')
  try {
    await expect.poll(service.output, PATIENCE).toMatch(/Listening on/)
    writeFileSync(path, `${text}\nconst = 1\n`)
    await expect.poll(service.output, PATIENCE).toMatch(/Waiting for file changes/)
    writeFileSync(path, text)
    retitle('Mended')
    await expect.poll(service.title, PATIENCE).toBe('Mended')
  } finally {
    await service.end('npm')
  }
}, 300_000)
