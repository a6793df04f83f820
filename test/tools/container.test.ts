import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variables } from '../../src/config/index.ts'
import { dockerIgnore, type Instruction, readDockerfile } from '../support/dockerfile.ts'

const text = (path: string) => readFileSync(path, 'utf8')
const json = (path: string) => JSON.parse(text(path))
const { scripts, devDependencies, version } = json('package.json')
/** The command of `npm start`, as it runs in dist/node. */
const START = scripts.start.replace('exec ', '').replace('dist/node/', '').split(' ')

const { args, stages } = readDockerfile('Dockerfile')
const [build, packages, image] = stages
const reaches = dockerIgnore('.dockerignore')

const all = (stage: typeof image, name: string) =>
  stage?.instructions.filter((one) => one.name === name) ?? []
const only = (stage: typeof image, name: string) => {
  const found = all(stage, name)
  expect([name, found.length]).toEqual([name, 1])
  return found[0]?.rest ?? ''
}
/** What COPY names: sources, then where they go. */
const copied = ({ rest }: Instruction) => {
  const names = rest.split(' ')
  return { sources: names.slice(0, -1), to: names.at(-1) ?? '' }
}

/** The folder in which the builder works, after the first stage. */
let place: string
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'edge-auth-container-'))
  for (const { sources, to } of all(build, 'COPY').map(copied)) {
    for (const source of sources) {
      const target = to === './' ? join(place, source) : join(place, to)
      cpSync(source, target, { recursive: true, filter: (from) => reaches(from) })
    }
  }
  // What `npm ci` would install.
  symlinkSync(resolve('node_modules'), join(place, 'node_modules'))
  const command = all(build, 'RUN').at(-1)?.rest.split(' ') ?? []
  expect(command[0]).toBe('node')
  execFileSync(process.execPath, command.slice(1), { cwd: place })
})
afterAll(() => rmSync(place, { recursive: true }))

describe('what gets to the builder', () => {
  it('is all that is copied, and no more than that', () => {
    const sources = [...all(build, 'COPY'), ...all(image, 'COPY')]
      .filter(({ flags }) => !flags.from)
      .flatMap((one) => copied(one).sources)
    expect(sources.filter((source) => !existsSync(source) || !reaches(source))).toEqual([])
    const passing = readdirSync('.').filter((name) => reaches(name))
    expect(passing.sort()).toEqual(sources.sort())
  })

  it.each([
    ...[
      '.env',
      '.env.production',
      '.dev.vars',
      'keys.json',
      'keys.staging.json',
      'deploy/.env.app',
    ],
    ...['src/.env', 'tools/deep/.env.local', 'src/keys.json', 'tools/.dev.vars'],
    ...['.git/config', '.data/postgres/PG_VERSION', 'node_modules/pg/package.json'],
    ...['dist/node/server.js', 'test/support/app.ts', 'a-file-of-tomorrow'],
  ])('is not %s', (file) => {
    expect(reaches(file)).toBe(false)
  })
})

describe('the build stage', () => {
  it('makes what `npm run build` makes here', () => {
    // The names of chunks depend on where packages are.
    const plain = (name: string) => name.replace(/-[A-Z0-9]{8}\.js$/, '.js')
    const names = (folder: string) => globSync('**/*', { cwd: folder }).map(plain).sort()
    const made = join(place, 'dist/node')
    expect(names(made).length).toBeGreaterThan(50)
    expect(names(made)).toEqual(names('dist/node'))
    for (const name of ['package.json', 'package-lock.json', 'server.js']) {
      expect([name, text(join(made, name))]).toEqual([name, text(join('dist/node', name))])
    }
  })

  it('runs on the platform of the builder, the packages with binaries on that of the image', () => {
    const lines = text('Dockerfile').match(/^FROM .*$/gm)
    expect(lines).toEqual([
      expect.stringMatching(/^FROM --platform=\$BUILDPLATFORM \S+ AS build$/),
      expect.stringMatching(/^FROM \S+ AS packages$/),
      expect.stringMatching(/^FROM \S+$/),
    ])
    expect(packages?.instructions.map(({ rest }) => rest).join()).toContain('npm ci --omit=dev')
    for (const name of Object.keys(json('dist/node/package.json').dependencies)) {
      expect(only(packages, 'RUN')).toContain(`import('${name}')`)
    }
  })
})

describe('the image', () => {
  it('has the Node of the tests, by one name that can be pinned', () => {
    expect(args.NODE_IMAGE).toMatch(
      new RegExp(`^node:${devDependencies.node}-\\w+-slim(@sha256:[0-9a-f]{64})?$`),
    )
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Docker's.
    expect(new Set(stages.map(({ from }) => from))).toEqual(new Set(['${NODE_IMAGE}']))
  })

  it('holds the build, its packages, the licence, and nothing else', () => {
    const from = all(image, 'COPY').map((one) => [one.flags.from, ...copied(one).sources])
    expect(from).toEqual([
      [undefined, 'LICENSE'],
      ['packages', '/packages/node_modules'],
      ['build', '/build/dist/node'],
    ])
    expect(all(image, 'ADD')).toEqual([])
    for (const tool of ['npm', 'npx', 'corepack', 'yarn', 'yarnpkg']) {
      expect(only(image, 'RUN')).toContain(`/usr/local/bin/${tool}`)
    }
  })

  it('starts as `npm start` does, with no shell above it, and asks for its health', () => {
    expect(JSON.parse(only(image, 'CMD'))).toEqual(START)
    expect(JSON.parse(only(image, 'ENTRYPOINT'))).toEqual([])
    const [, health = ''] = / CMD (.*)$/.exec(only(image, 'HEALTHCHECK')) ?? []
    expect(JSON.parse(health)).toEqual(['node', 'health.js'])
    for (const file of [START.at(-1), 'health.js']) {
      expect(existsSync(join(place, 'dist/node', file))).toBe(true)
    }
  })

  it('runs as nobody in particular, after all that needs more', () => {
    expect(only(image, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/)
    const names = image?.instructions.map(({ name }) => name) ?? []
    expect(names.lastIndexOf('RUN')).toBeLessThan(names.indexOf('USER'))
    expect(names.lastIndexOf('COPY')).toBeLessThan(names.indexOf('USER'))
    const [uid, gid] = only(image, 'USER').split(':')
    expect(only(image, 'RUN')).toContain(`install -d -o ${uid} -g ${gid} -m 0700 /data`)
  })

  it('has settings of the service, no secret, and this version', () => {
    const set = Object.fromEntries(
      only(image, 'ENV')
        .split(' ')
        .map((one) => one.split('=')),
    )
    const known = [...Object.keys(variables), 'NODE_ENV']
    expect(Object.keys(set).filter((name) => !known.includes(name))).toEqual([])
    expect(set).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8000' })
    expect(set.DATA_FOLDER).toMatch(/^\/data\//)
    expect(only(image, 'EXPOSE')).toBe(set.PORT)
    expect(text('Dockerfile')).not.toMatch(/_KEY|_URL|PASSWORD|SECRET|TOKEN|latest/)
    expect(all(image, 'ARG').map(({ rest }) => rest)).toContain(`VERSION=${version}`)
  })
})

describe('the unit for systemd', () => {
  const unit = text('deploy/edge-auth.service')
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]

  it('starts as `npm start` does, and waits for it to stop', () => {
    expect(value('ExecStart')).toBe(`/usr/bin/${START.join(' ')}`)
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(10)
    expect(value('Environment')).toContain('NODE_ENV=production')
    // Its machine code could not be made.
    expect(value('MemoryDenyWriteExecute')).toBeUndefined()
  })

  it('has room for the connections that the service takes', () => {
    const source = text('src/adapters/connection-cap-node.ts')
    const [most = 0, others = 0, reserve = 0] = [
      'MOST_CONNECTIONS',
      'DESCRIPTORS_FOR_OTHERS',
      'LARGEST_RESERVE',
    ].map((name) =>
      Number(new RegExp(`const ${name} = ([\\d_]+)`).exec(source)?.[1]?.replace('_', '')),
    )
    expect(most).toBeGreaterThan(0)
    expect(Number(value('LimitNOFILE'))).toBeGreaterThan(most + others + reserve)
  })

  it('keeps its secrets in a file that is root’s', () => {
    expect(value('EnvironmentFile')).toBe('/etc/edge-auth/env')
    expect(value('DynamicUser')).toBe('yes')
    expect(unit).not.toMatch(/_KEY|_URL|PASSWORD|SECRET|TOKEN/)
  })
})
