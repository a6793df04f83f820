import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { plainBash } from '../test/support/environment.ts'
import { freePort } from '../test/support/ports.ts'
import { createPostgresServer } from '../test/support/postgres-server.ts'
import { skipProxyForLoopback } from './no-proxy.ts'

const START_WITHIN_SECONDS = 60
const MAIL_WITHIN_MILLISECONDS = 10_000
const LEFTOVERS_GONE_WITHIN_MILLISECONDS = 5_000
/** Marks the environment of every process of a run, so that leftover processes can be found. */
const MARK = `EDGE_AUTH_E2E=${randomUUID()}`

type Running = {
  base: string
  seconds: number
  output: () => string
  interrupt: () => Promise<void>
}

/** Starts a command as a terminal does, in its own process group. Waits until it says that it is ready. */
async function start(command: string[], env: Record<string, string>): Promise<Running> {
  const began = performance.now()
  const [name = 'npm', ...args] = command
  const [markName = '', markValue] = MARK.split('=')
  const child = spawn(name, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [markName]: markValue, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const exited = once(child, 'close')
  // Ctrl-C reaches the whole group, including npm.
  const interrupt = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
    await exited
  }
  const deadline = began + START_WITHIN_SECONDS * 1000
  while (!/is ready, after|Listening on/.test(output)) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await interrupt()
      throw new Error(`${command.join(' ')} did not become ready:\n${output}`)
    }
    await sleep(20)
  }
  const seconds = (performance.now() - began) / 1000
  return { base: `http://localhost:${env.PORT}`, seconds, output: () => output, interrupt }
}

// The commands that README.md, docs/quick-start.md and CONTRIBUTING.md begin with; `npm ci` has run before.

/** Runs the tour of docs/quick-start.md and returns its answers as lines. */
function tour(base: string): unknown[] {
  const block = /## A tour with curl[\s\S]*?```bash\n([\s\S]*?)```/.exec(
    readFileSync('docs/quick-start.md', 'utf8'),
  )
  const script = (block?.[1] ?? '').replace('http://localhost:8787', base)
  const { args, env } = plainBash()
  const stdout = execFileSync('bash', [...args, script], { env, encoding: 'utf8' })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => (/^\{.*\}$/.test(line) ? JSON.parse(line) : line))
}

function marked(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(MARK)
    } catch {
      return false
    }
  })
}

async function leftovers(): Promise<string[]> {
  const deadline = performance.now() + LEFTOVERS_GONE_WITHIN_MILLISECONDS
  while (marked().length > 0 && performance.now() < deadline) await sleep(50)
  return marked()
}

/**
 * Runs one command twice. The tour works both times, the second run knows the user of the first, and no process is
 * left.
 */
async function tryCommand(
  command: (port: number) => string[],
  env: Record<string, string> = {},
  alsoCheck: (running: Running) => Promise<void> = async () => undefined,
): Promise<void> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-e2e-'))
  const said = [...command(port), ...Object.keys(env).map((name) => `(${name})`)].join(' ')
  try {
    let user: unknown
    for (const life of ['first', 'second']) {
      const running = await start(command(port), {
        DATA_FOLDER: join(folder, 'postgres'),
        PORT: String(port),
        ...env,
      })
      try {
        const [signup, , me, meAgain, , verified, meVerified, loggedOut, refused, ...rest] = tour(
          running.base,
        )
        check(`${said}: ${life} start after ${running.seconds.toFixed(1)} s, the tour works`, [
          life === 'first' || statusOf(signup) === 409,
          JSON.stringify(me) === JSON.stringify(user ?? signup),
          JSON.stringify(meAgain) === JSON.stringify(me),
          String(verified).endsWith(life === 'first' ? 'verified: 204' : 'verified: 400'),
          JSON.stringify(meVerified).includes('"email_verified":true'),
          loggedOut === 'logged out: 204',
          statusOf(refused) === 401,
          rest.length === 0,
          marked().length > 0 || process.platform !== 'linux',
        ])
        user = meVerified
        await alsoCheck(running)
      } finally {
        await running.interrupt()
      }
      check(`${said}: Ctrl-C leaves no process`, [(await leftovers()).length === 0])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function statusOf(problem: unknown): unknown {
  return typeof problem === 'object' && problem && 'status' in problem ? problem.status : undefined
}

let failed = 0
let passed = 0

function check(what: string, conditions: boolean[]): void {
  const isGood = conditions.every(Boolean)
  console.log(`${isGood ? 'ok' : 'NOT OK'}  ${what}${isGood ? '' : ` (${conditions.join(' ')})`}`)
  if (isGood) passed++
  else failed++
}

/** A page that a tool on this machine serves may call, and the banner says so; one from elsewhere may not. */
async function localPagesMayCall({ base, output }: Running): Promise<void> {
  const allowed = async (origin: string) => {
    const { headers } = await fetch(`${base}/health`, { headers: { origin } })
    return headers.get('access-control-allow-origin')
  }
  check('npm run dev: pages of this machine may call, and no others', [
    (await allowed('http://localhost:5173')) === 'http://localhost:5173',
    (await allowed('http://127.0.0.1:3000')) === 'http://127.0.0.1:3000',
    (await allowed('https://elsewhere.example')) === null,
    // Last, for the tour blocks this process, which may have read half of the banner by then.
    output().includes('http://localhost:* and http://127.0.0.1:*'),
  ])
}

/** The status of a request whose Host header names another machine, which `fetch` does not send. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const [answer] = await once(request(url, { headers: { host } }).end(), 'response')
  answer.resume()
  return answer.statusCode
}

/** People log in at the address that the command says. */
async function pagesAreShownHere({ base, output }: Running): Promise<void> {
  const page = await fetch(`${base}/login`)
  check('the pages for people are where the command says', [
    /http:\/\/\S+\/login/.test(output()),
    page.status === 200 && (await page.text()).includes('type="password"'),
  ])
}

/** What was mailed is shown on this machine, at the address that the command says, and to nobody else. */
async function mailsAreShownHere({ base, output }: Running): Promise<void> {
  const mailbox = `${base}/dev/mail`
  const deadline = performance.now() + MAIL_WITHIN_MILLISECONDS
  let links: string[] = []
  while (links.length === 0 && performance.now() < deadline) {
    const { mails } = await (await fetch(`${mailbox}?to=ada@example.org`)).json()
    links = mails.flatMap((mail: { links: string[] }) => mail.links)
    await sleep(50)
  }
  const page = await fetch(links[0] ?? base)
  const proxied = await fetch(mailbox, { headers: { 'x-forwarded-for': '127.0.0.1' } })
  check('mails are shown at /dev/mail, on this machine alone', [
    /http:\/\/\S+\/dev\/mail/.test(output()),
    new URL(links[0] ?? base).pathname === '/verify-email',
    page.status === 200 && (await page.text()).includes('<button>'),
    proxied.status === 404,
    (await statusFor(mailbox, 'evil.example')) === 404,
    (await statusFor(mailbox, 'localhost')) === 200,
  ])
}

skipProxyForLoopback(process.env)
await tryCommand(
  (port) => ['npm', 'run', 'dev', '--', '--port', String(port)],
  {},
  async (running) => {
    await localPagesMayCall(running)
    await pagesAreShownHere(running)
    await mailsAreShownHere(running)
  },
)
await tryCommand(() => ['npm', 'start'], {}, mailsAreShownHere)
const { url, server, remove } = await createPostgresServer()
try {
  await tryCommand(() => ['npm', 'start'], { DATABASE_URL: url })
} finally {
  await server.stop()
  await remove()
}
console.log(`End to end: ${passed} of ${passed + failed} good`)
process.exitCode = failed > 0 ? 1 : 0
