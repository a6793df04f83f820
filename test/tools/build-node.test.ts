import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DOCS_ASSETS } from '../../src/utils/docs-assets.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { buildElsewhere } from '../support/built-node.ts'
import { startSmtpServer } from '../support/mail-servers.ts'
import { startNode } from '../support/node-process.ts'

// Builds, and makes a database, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

type Build = Awaited<ReturnType<typeof buildElsewhere>>

let built: Build
beforeAll(async () => {
  built = await buildElsewhere()
})
afterAll(() => built.remove())

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const person = { username: 'ada', email: 'ada@example.org', password: PASSWORD }
/** Only the file beside the bundle knows it. */
const COMMON = 'smokey24'
const WHERE = { DATA_FOLDER: 'data/postgres' }
const COMMANDS = [
  ...['server', 'migrate', 'grants', 'backup', 'admin', 'invite'],
  ...['keys', 'pseudonym', 'health'],
]

// The first start of docs/node.md, command by command.
describe('a build of the service', () => {
  it('refuses the embedded database in words where its lock is not installed', async () => {
    const { place, folder } = built
    await expect(
      startNode(WHERE, { program: join(folder, 'server.js'), cwd: place }),
    ).rejects.toThrow('the package fs-native-extensions is not installed')
    expect(readdirSync(join(place, 'data/postgres'))).toEqual([])
  })

  it('runs alone, from any folder, with the native packages and no others', async () => {
    const { place, folder } = built
    await built.installNative()
    const service = await startNode(WHERE, { program: join(folder, 'server.js'), cwd: place })
    try {
      expect((await service.get('/health/ready')).status).toBe(200)
      expect((await service.post('/auth/signup', person)).status).toBe(201)
      const other = { username: 'grace', email: 'grace@example.org', password: COMMON }
      const refused = await (await service.post('/auth/signup', other)).json()
      expect(refused.errors).toMatchObject([{ code: 'too_common' }])
      const login = { username_or_email: 'ada', password: PASSWORD }
      const { access_token } = await (await service.post('/auth/login', login)).json()
      const me = await (await service.get('/auth/me', access_token)).json()
      expect(me).toMatchObject({ username: 'ada' })
      for (const [name, type] of Object.entries(DOCS_ASSETS)) {
        const asset = await service.get(`/docs/swagger-ui-dist/${name}`)
        expect([name, asset.status]).toEqual([name, 200])
        expect(asset.headers.get('content-type')).toBe(type)
        expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100)
      }
      // The native hash and the whole list: what stands in for them would have been logged.
      expect(service.output()).not.toMatch(/argon2_fallback|common_passwords_unavailable/)
    } finally {
      await service.kill()
    }
  })

  it('sends mails by SMTP, by what it brings along', async () => {
    const { place, folder } = built
    const smtp = await startSmtpServer()
    const env = {
      ...WHERE,
      ...{ SMTP_URL: smtp.url, MAIL_FROM: 'no-reply@example.org' },
      PUBLIC_URL: 'https://auth.example.org',
    }
    const service = await startNode(env, { program: join(folder, 'server.js'), cwd: place })
    try {
      const other = { ...person, username: 'grace', email: 'grace@example.org' }
      expect((await service.post('/auth/signup', other)).status).toBe(201)
      // The former service may have left a mail that it had no time to send.
      const hers = () => smtp.mails.filter(({ to }) => to.includes(other.email))
      await expect.poll(hers).toHaveLength(1)
      expect(hers()).toMatchObject([{ from: 'no-reply@example.org', to: [other.email] }])
      expect(hers()[0]?.message.text).toContain('https://auth.example.org/verify-email?token=')
    } finally {
      await service.kill()
      await smtp.close()
    }
  })

  it('brings what migrates, copies, makes admins, invites and explains the rights', async () => {
    const { place, folder, command } = built
    const migrated = await command([join(folder, 'migrate.js')], WHERE)
    expect(migrated).toEqual({ stdout: 'The schema is up to date.\n', stderr: '' })
    await command([join(folder, 'backup.js'), 'copy'], WHERE)
    expect(existsSync(join(place, 'copy/PG_VERSION'))).toBe(true)
    const { stdout } = await command([join(folder, 'grants.js')], WHERE)
    expect(stdout).toContain('create role "edge_auth_runtime"')
    const keys = { JWT_SECRET_KEY: SECRET, APP_BASE_URL: 'https://app.example.org' }
    const invited = await command([join(folder, 'invite.js')], { ...WHERE, ...keys })
    expect(invited.stdout).toMatch(/^https:\/\/app\.example\.org\/sign-up#token=\S+\n$/)
    const admin = (...args: string[]) =>
      command([join(folder, 'admin.js'), ...args], { ...WHERE, ...keys })
    const made = await admin('create', '--username', 'edith', '--email', 'edith@example.org')
    expect(made.stdout).toMatch(/^https:\/\/app\.example\.org\/reset-password\S*token=\S+\n$/)
    expect((await admin('list')).stdout).toBe('edith\tedith@example.org\tno password yet\n')
    expect(json(join(folder, 'package.json')).scripts).toMatchObject({
      admin: 'node admin.js',
      'db:migrate': 'node migrate.js',
      invite: 'node invite.js',
    })
    const names = readdirSync(folder).filter((name) => name.endsWith('.js'))
    expect(names.sort()).toEqual(COMMANDS.map((name) => `${name}.js`).sort())
  })

  it('makes and rotates keys, and tells how the log calls somebody', async () => {
    const { place, folder, command } = built
    const keys = (...args: string[]) => command([join(folder, 'keys.js'), ...args], {})
    await keys('new', 'ES256', '--file', 'keys.json')
    const { stdout } = await keys('rotate', '--file', 'keys.json')
    expect(stdout).toContain('nobody is logged out')
    const JWT_KEYS = readFileSync(join(place, 'keys.json'), 'utf8')
    expect(stdout).not.toContain(JSON.parse(JWT_KEYS).current.d)
    await expect(keys('new', 'none')).rejects.toMatchObject({ code: 1, stdout: '' })
    const given = { JWT_ALGORITHM: 'ES256', JWT_KEYS }
    const { stdout: said } = await command([join(folder, 'pseudonym.js'), 'ada'], given)
    expect(said).toMatch(/^account \S{16} ada\n$/)
  })

  it('asks a service for its health, and no proxy that the environment names', async () => {
    const { place, folder, command } = built
    const program = join(folder, 'server.js')
    const service = await startNode(WHERE, { program, cwd: place })
    const proxy = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' }
    const health = (env: Record<string, string>) =>
      command([join(folder, 'health.js')], { PORT: String(service.port), ...proxy, ...env })
    for (const HOST of ['0.0.0.0', '127.0.0.1', ' 127.0.0.1 ']) {
      expect(await health({ HOST })).toEqual({ stdout: '', stderr: '' })
    }
    await service.kill()
    await expect(health({ HOST: '0.0.0.0' })).rejects.toMatchObject({
      code: 1,
      stderr: `connect ECONNREFUSED 127.0.0.1:${service.port}\n`,
    })
  })

  it.each([
    ['an answer other than 200', (socket: Socket) => socket.end('HTTP/1.1 503 Busy\r\n\r\n')],
    ['no answer', () => {}],
  ])('does not take %s for health', async (_, connected) => {
    const server = createServer(connected).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = { HOST: '127.0.0.1', PORT: String(port) }
    const health = built.command([join(built.folder, 'health.js')], env)
    await expect(health).rejects.toMatchObject({ code: 1, stdout: '' })
    server.close()
  })

  it('reads .env where it is started', async () => {
    const { place, folder, command } = built
    writeFileSync(join(place, '.env'), '\uFEFFDATABASE_SCHEMA=from_the_file\r\nDEBUG=true\r\n')
    const { stdout, stderr } = await command([join(folder, 'grants.js')], {})
    expect(stdout).toContain('from_the_file')
    expect(stderr).toBe('')
    const other = await command([join(folder, 'grants.js')], { DATABASE_SCHEMA: 'from_outside' })
    expect(other.stdout).toContain('from_outside')
    expect(other.stdout).not.toContain('from_the_file')
    writeFileSync(join(place, '.env'), '')
  })

  it('names the native packages, at the versions of this repository', () => {
    const { version, dependencies } = json('package.json')
    const own = json(join(built.folder, 'package.json'))
    expect(own).toMatchObject({ version, type: 'module', engines: { node: '>=22.18' } })
    expect(own.dependencies).toEqual({
      '@node-rs/argon2': dependencies['@node-rs/argon2'],
      'fs-native-extensions': dependencies['fs-native-extensions'],
    })
    const { packages } = json(join(built.folder, 'package-lock.json'))
    for (const { dependencies: needed = {} } of Object.values<{ dependencies?: object }>(
      packages,
    )) {
      for (const name of Object.keys(needed))
        expect(packages).toHaveProperty([`node_modules/${name}`])
    }
  })

  it.each(COMMANDS)('says that a Node is too old: %s', async (name) => {
    const old = ['-r', resolve('test/support/old-node.cjs'), join(built.folder, `${name}.js`)]
    await expect(built.command(old, WHERE)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Edge Auth needs Node.js 22.18 or newer; this is v22.17.1.\n',
    })
  })

  it('holds nothing of an earlier build', async () => {
    const out = join(built.place, 'built')
    writeFileSync(join(out, 'lib/of-an-earlier-build.js'), '')
    await Promise.all([built.build(), built.build()])
    const names = readdirSync(join(out, 'lib'))
    expect(names).toContain('server.js')
    expect(names).not.toContain('of-an-earlier-build.js')
    expect(readdirSync(built.place).filter((name) => /^\.(node|old)-/.test(name))).toEqual([])
  })
})

describe('a clone without what builds (npm ci --omit=dev)', () => {
  const clone = mkdtempSync(join(tmpdir(), 'edge-auth-clone-'))
  for (const name of ['package.json', 'tools', 'src/utils']) {
    cpSync(name, join(clone, name), { recursive: true })
  }
  afterAll(() => rmSync(clone, { recursive: true }))
  const build = (...flags: string[]) =>
    spawnSync(process.execPath, ['tools/build-node.ts', ...flags], { cwd: clone, encoding: 'utf8' })

  it('is told what to do', () => {
    for (const flags of [[], ['--or-keep']]) {
      const { status, stdout, stderr } = build(...flags)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain('npm ci && npm run build')
      expect(stderr).not.toMatch(/Error|esbuild|\.ts:/)
    }
    expect(readdirSync(join(clone, 'dist'))).toEqual([])
  })

  it('starts a build that is there', () => {
    mkdirSync(join(clone, 'dist/node'))
    writeFileSync(join(clone, 'dist/node/server.js'), '')
    expect(build('--or-keep')).toMatchObject({ status: 0, stderr: '' })
    expect(build().status).toBe(1)
    expect(readdirSync(join(clone, 'dist/node'))).toEqual(['server.js'])
  })
})
