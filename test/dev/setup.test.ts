import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { describeOrigins, withLocalOrigins } from '../../dev/local-origins.ts'
import { requirePort } from '../../dev/ports.ts'
import { ensureSecrets, publishedKeys } from '../../dev/secrets.ts'
import { parseConfig } from '../../src/config/index.ts'
import { SECRET } from '../support/app.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-setup-'))
afterAll(() => rmSync(place, { recursive: true }))

describe('the origins of `npm run dev`', () => {
  const LOCAL = ['http://localhost:*', 'http://127.0.0.1:*']
  const parsed = (CORS_ORIGINS?: string) => {
    const given = { ...(CORS_ORIGINS !== undefined && { CORS_ORIGINS }), DEBUG: 'true' }
    const variables = withLocalOrigins(given)
    expect(variables.DEBUG).toBe('true')
    return parseConfig({ ...variables, JWT_SECRET_KEY: SECRET }).http.corsOrigins
  }

  it('are those of this machine, beside the ones that are set', () => {
    expect(parsed()).toEqual(LOCAL)
    expect(parsed('')).toEqual(LOCAL)
    expect(parsed('https://app.example.org')).toEqual(['https://app.example.org', ...LOCAL])
  })

  it('are named in the banner', () => {
    expect(describeOrigins({})).toBe('open to http://localhost:* and http://127.0.0.1:*')
    expect(describeOrigins({ CORS_ORIGINS: 'https://app.example.org' })).toContain(
      ', and https://app.example.org',
    )
  })
})

describe('the secrets of a first run', () => {
  it('are made once, long, and readable by their owner alone', () => {
    const path = join(place, 'first')
    const { variables, made } = ensureSecrets(path)
    expect(made).toEqual(['JWT_SECRET_KEY'])
    expect(variables.JWT_SECRET_KEY).toMatch(/^[\w-]{64}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(ensureSecrets(path)).toEqual({ variables, made: [] })
    expect(ensureSecrets(join(place, 'other')).variables).not.toEqual(variables)
  })

  it('have published keys beside them where the file is new, and stay as they are where it is not', () => {
    const path = join(place, 'published')
    const { variables } = ensureSecrets(path, publishedKeys)
    const { algorithm, keySet } = parseConfig(variables).tokens
    expect([algorithm, keySet?.current.alg]).toEqual(['ES256', 'ES256'])
    expect(ensureSecrets(path, publishedKeys)).toEqual({ variables, made: [] })
    const older = join(place, 'older')
    const { variables: kept } = ensureSecrets(older)
    expect(ensureSecrets(older, publishedKeys).variables).toEqual(kept)
    expect(parseConfig(kept).tokens.algorithm).toBe('HS256')
  })

  it.for([
    ['DEBUG=true', 'DEBUG=true\n'],
    ['# mine\r\nDEBUG=true\r\n', '# mine\r\nDEBUG=true\r\n'],
    ['JWT_SECRET_KEY=\n', 'JWT_SECRET_KEY=\n'],
    ['', ''],
  ] as const)('complete %j without touching it', ([before, kept]) => {
    const path = join(place, 'partial')
    writeFileSync(path, before)
    chmodSync(path, 0o640)
    const { variables } = ensureSecrets(path)
    expect(readFileSync(path, 'utf8')).toBe(`${kept}JWT_SECRET_KEY=${variables.JWT_SECRET_KEY}\n`)
    expect(ensureSecrets(path).made).toEqual([])
  })

  it('are one for all first runs of the same moment', async () => {
    const path = join(place, 'at-once')
    const script = `import { ensureSecrets } from ${JSON.stringify(resolve('dev/secrets.ts'))}
      console.log(ensureSecrets(${JSON.stringify(path)}).variables.JWT_SECRET_KEY)`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const said = await Promise.all(Array.from({ length: 4 }, run))
    const kept = ensureSecrets(path).variables.JWT_SECRET_KEY
    expect(said.map(({ stdout }) => stdout.trim())).toEqual(Array(4).fill(kept))
    expect(readdirSync(place).filter((name) => name.startsWith('at-once'))).toEqual(['at-once'])
  })

  it('are found behind a byte order mark, and after `export`', () => {
    const path = join(place, 'marked')
    const text = '\uFEFFexport JWT_SECRET_KEY=one-of-mine\r\nDEBUG=true\r\n'
    writeFileSync(path, text)
    expect(ensureSecrets(path)).toEqual({
      variables: { JWT_SECRET_KEY: 'one-of-mine', DEBUG: 'true' },
      made: [],
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('never replace one that is there', () => {
    const path = join(place, 'kept')
    const text = 'JWT_SECRET_KEY="what I chose # myself"\n'
    writeFileSync(path, text)
    expect(ensureSecrets(path).variables.JWT_SECRET_KEY).toBe('what I chose # myself')
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('before npm start', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const [command = ''] = String(scripts.prestart).split(' && ')
  const args = command
    .split(' ')
    .slice(1)
    .map((word) => (word.includes('/') ? resolve(word) : word))

  /** What a start leaves in .env. */
  function started(text: string): string {
    const cwd = mkdtempSync(join(place, 'start-'))
    writeFileSync(join(cwd, '.env'), text)
    execFileSync(process.execPath, args, { cwd, env: {} })
    return readFileSync(join(cwd, '.env'), 'utf8')
  }

  it.for(['DEBUG=true\n', 'JWT_SECRET_KEY=\n'])('a key is made beside %j', (text) => {
    expect(started(text)).toMatch(/^[\w=]+\nJWT_SECRET_KEY=[\w-]{64}\n$/)
  })

  it('nothing is said of a file that is not there', () => {
    const cwd = mkdtempSync(join(place, 'none-'))
    const env = { NODE_ENV: 'production' }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd,
      env,
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(readdirSync(cwd)).toEqual([])
  })

  it.for([
    'JWT_SECRET_KEY=mine\n',
    'JWT_KEYS={}\n',
    'NODE_ENV=production\n',
    '\uFEFFJWT_SECRET_KEY=mine\r\n',
  ])('none is made beside %j', (text) => expect(started(text)).toBe(text))
})

describe('the port', () => {
  it('is refused with what to do when somebody has it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await expect(requirePort(port)).rejects.toThrow(
      `Port ${port} is in use. Stop what uses it, or take another: npm run dev -- --port ${port + 1}`,
    )
    await new Promise((resolve) => server.close(resolve))
    await expect(requirePort(port)).resolves.toBeUndefined()
  })

  it.for([0, 65_536, Number.NaN, 1.5])('%s is no port', async (port) => {
    await expect(requirePort(port)).rejects.toThrow('--port must be a number')
  })
})
