import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './ports.ts'

const run = promisify(execFile)
const SERVERS = '/usr/lib/postgresql'
const PGBOUNCER = '/usr/sbin/pgbouncer'
const OWNER = 'postgres'
const isRoot = process.getuid?.() === 0

const JQ = '/usr/bin/jq'

/** True where Debian's Postgres, PgBouncer and jq are installed; CI installs them and insists. */
export const hasDebianServers = [SERVERS, PGBOUNCER, JQ].every((path) => existsSync(path))

/** Neither server runs as root. */
function asOwner(program: string, args: string[]): [string, string[]] {
  return isRoot ? ['runuser', ['-u', OWNER, '--', program, ...args]] : [program, args]
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-debian-'))
  if (isRoot) await run('chown', [OWNER, folder])
  return folder
}

export type DebianPostgres = Awaited<ReturnType<typeof startDebianPostgres>>

/** Debian's own Postgres, on all addresses of this machine's loopback, on a socket, and by TLS. */
export async function startDebianPostgres() {
  const folder = await ownFolder()
  const [version = ''] = readdirSync(SERVERS)
  const bin = (name: string) => join(SERVERS, version, 'bin', name)
  const owned = async (program: string, args: string[]) => run(...asOwner(program, args))
  const data = join(folder, 'data')
  const port = await freePort()

  await owned(bin('initdb'), ['-D', data, '-U', OWNER, '-A', 'trust', '--no-sync'])
  const certificates = await makeCertificates(folder)
  const settings = [
    ...['-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1,::1'],
    ...['-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off', '-c', 'ssl=on'],
    ...['-c', `ssl_cert_file=${certificates.server}`, '-c', `ssl_key_file=${certificates.key}`],
  ]
  const child = spawn(...asOwner(bin('postgres'), ['-D', data, ...settings]), { stdio: 'ignore' })
  const exited = once(child, 'exit')
  await untilReady(() => owned(bin('pg_isready'), ['-h', folder, '-p', String(port)]))
  return {
    version,
    port,
    /** The folder of its socket. */
    folder,
    /** The authority that made its certificate, which nobody else knows. */
    authority: certificates.authority,
    url: `postgres://${OWNER}@127.0.0.1:${port}/postgres`,
    async stop() {
      await owned(bin('pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']).catch(() => {})
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A stock PgBouncer in front of a server, with so few sessions that they are shared. */
export async function startPgBouncer(
  target: { host: string; port: number },
  mode: 'transaction' | 'session',
  poolSize = 5,
) {
  const folder = await ownFolder()
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(join(folder, 'users.txt'), `"${OWNER}" "postgres"\n`)
  writeFileSync(
    file,
    `[databases]
* = host=${target.host} port=${target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users.txt')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 200
`,
  )
  if (isRoot) await run('chown', ['-R', OWNER, folder])
  const child = spawn(...asOwner(PGBOUNCER, ['-q', file]), { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const { connect } = await import('node:net')
  await untilReady(
    () =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy()))
        socket.on('error', reject)
      }),
  )
  return {
    port,
    /** The same database by way of the pooler. */
    through: (url: string) =>
      Object.assign(new URL(url), {
        host: `127.0.0.1:${port}`,
        username: OWNER,
        password: 'postgres',
      }).href,
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask()
      return
    } catch (error) {
      if (tries > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** An authority of its own and a certificate for this machine, as a company's own servers have. */
async function makeCertificates(folder: string) {
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    ...['req', '-x509', ...key, '-keyout', path('ca.key'), '-out', path('ca.crt')],
    ...['-subj', '/CN=Test authority', '-days', '2'],
  )
  openssl(
    ...['req', ...key, '-keyout', path('server.key'), '-out', path('server.csr')],
    ...['-subj', '/CN=localhost'],
  )
  writeFileSync(path('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n')
  openssl(
    ...['x509', '-req', '-in', path('server.csr'), '-CA', path('ca.crt'), '-CAkey', path('ca.key')],
    ...['-CAcreateserial', '-out', path('server.crt'), '-days', '2', '-extfile', path('names')],
  )
  chmodSync(path('server.key'), 0o600)
  if (isRoot) await run('chown', [OWNER, path('server.key'), path('server.crt')])
  chmodSync(folder, 0o755)
  return { authority: path('ca.crt'), server: path('server.crt'), key: path('server.key') }
}
