import { spawnSync } from 'node:child_process'
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
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DOCS_ASSETS } from '../../src/utils/docs-assets.ts'
import { PASSWORD } from '../support/app.ts'
import { buildElsewhere } from '../support/built-node.ts'
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
const WHERE = { DATA_FOLDER: 'data/postgres' }

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
      // The native hash: the fallback would have been logged.
      expect(service.output()).not.toContain('argon2_fallback')
    } finally {
      await service.kill()
    }
  })

  it('brings what migrates, copies and explains the rights', async () => {
    const { place, folder, command } = built
    const migrated = await command([join(folder, 'migrate.js')], WHERE)
    expect(migrated).toEqual({ stdout: 'The schema is up to date.\n', stderr: '' })
    await command([join(folder, 'backup.js'), 'copy'], WHERE)
    expect(existsSync(join(place, 'copy/PG_VERSION'))).toBe(true)
    const { stdout } = await command([join(folder, 'grants.js')], WHERE)
    expect(stdout).toContain('create role "edge_auth_runtime"')
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

  it.each(['server', 'migrate', 'grants', 'backup'])(
    'says that a Node is too old: %s',
    async (name) => {
      const old = ['-r', resolve('test/support/old-node.cjs'), join(built.folder, `${name}.js`)]
      await expect(built.command(old, WHERE)).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: 'Edge Auth needs Node.js 22.18 or newer; this is v22.17.1.\n',
      })
    },
  )

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
