import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectPglite } from '../../src/database/pglite.ts'
import { SECRET } from '../support/app.ts'
import { freePort } from '../support/ports.ts'

let folder: string
let port: number
let npm: ChildProcess
let output: string
let ended: Promise<unknown>
/** In the environment of every process of a run, so that those that are left can be found. */
let mark: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-auth-npm-'))
  port = await freePort()
  mark = crypto.randomUUID()
  output = ''
})
afterEach(() => {
  for (const pid of left()) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function run(...words: string[]): void {
  npm = spawn('npm', words, {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_FOLDER: join(folder, 'postgres'),
      JWT_SECRET_KEY: SECRET,
      EDGE_AUTH_TEST: mark,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [npm.stdout, npm.stderr]) stream?.on('data', (chunk) => (output += chunk))
  ended = once(npm, 'exit')
}

/** The processes of the run that are still there, on systems that tell. */
function left(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark)
      } catch {
        return false
      }
    })
    .map(Number)
}

function isTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

const patience = { timeout: 90_000 }

it.each([
  ['npm start', () => ['start'], /Listening on/],
  ['npm run dev', () => ['run', 'dev', '--', '--port', String(port)], /is ready, after/],
])(
  'SIGTERM to the process of %s ends the service, and frees its port and data',
  async (_, words, ready) => {
    run(...words())
    await expect.poll(() => output, patience).toMatch(ready)
    expect(await isTaken()).toBe(true)
    npm.kill('SIGTERM')
    await ended
    await expect.poll(left).toEqual([])
    expect(await isTaken()).toBe(false)
    // It could not be opened while another process holds it.
    const { close } = await connectPglite({ folder: join(folder, 'postgres') })
    await close()
  },
)

it('SIGTERM while npm start still prepares leaves nothing behind', async () => {
  run('start')
  await expect.poll(() => output, patience).toContain('prestart')
  npm.kill('SIGTERM')
  await ended
  await expect.poll(left).toEqual([])
  expect(output).not.toContain('Listening on')
})
