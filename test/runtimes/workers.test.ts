import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import kernel from '../../argon2/argon2id.wasm'
import argon2 from '../../dist/wasm/argon2.wasm'
import blake2b from '../../dist/wasm/blake2b.wasm'
import manifest from '../../package.json' with { type: 'json' }
import { hashWasmFrom } from '../../src/adapters/argon2-hash-wasm-worker.ts'
import { createArgon2Kernel } from '../../src/adapters/argon2-kernel.ts'
import { deriveOnWorkers } from '../../src/adapters/argon2-worker.ts'
import { hashPassword, PARAMETERS, verifyPassword } from '../../src/core/passwords/hashing.ts'
import { argon2idOver } from '../../src/core/passwords/phc.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { freshWorker, type Worker } from '../support/fresh-worker.ts'
import { GENEROUS } from '../support/limits.ts'
import { recordingLogger } from '../support/logger.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'

const MAILS = { MAIL_FROM: 'no-reply@example.org', PUBLIC_URL: 'https://auth.example.org' }
const scalar = hashWasmFrom({ argon2, blake2b })
const { log, logger } = recordingLogger()
const derive = deriveOnWorkers(() => false, logger)
const context = () => ({ waitUntil: () => {}, passThroughOnException: () => {}, props: {} })

afterEach(() => vi.restoreAllMocks())

describe('Argon2id in workerd', () => {
  it('is the same by our kernel and by the real hash-wasm', async () => {
    for (const [length, iterations] of [
      [0, 1],
      [1, 2],
      [63, 1],
      [128, 2],
      [600, 1],
    ] as const) {
      const input = {
        password: crypto.getRandomValues(new Uint8Array(length || 1)),
        salt: crypto.getRandomValues(new Uint8Array(16)),
        memoryKiB: 64 + length,
        iterations,
        parallelism: 1,
        hashBytes: 32,
      }
      const byKernel = await derive(input)
      expect(byKernel).toEqual(await scalar(input))
      expect(byKernel).toEqual(createArgon2Kernel(kernel).hash(input))
      expect(byKernel.some((byte) => byte !== 0)).toBe(true)
    }
    expect(log).toEqual([])
  })

  it('refuses what is out of bounds, and asks no other implementation', async () => {
    const compiled = vi.spyOn(WebAssembly, 'compile')
    const input = { password: new Uint8Array(8), salt: new Uint8Array(16), hashBytes: 32 }
    const costs = { memoryKiB: 65_537, iterations: 1, parallelism: 1 }
    await expect(derive({ ...input, ...costs })).rejects.toThrow(RangeError)
    expect(compiled).not.toHaveBeenCalled()
    expect(log).toEqual([])
  })

  it('verifies what Node hashed, under the real parameters', async () => {
    const byNode =
      '$argon2id$v=19$m=19456,t=2,p=1$CLfF1J7UcYJ0VRVUo7P2Qg$j+8Sii0ymtqOXmMoKhp4vYWn3uQbt9p/NNVeniwi/rY'
    const onWorkers = argon2idOver(derive)
    const byHashWasm = argon2idOver(scalar)
    expect(await verifyPassword(byNode, PASSWORD, onWorkers)).toBe('right')
    expect(await verifyPassword(byNode, PASSWORD, byHashWasm)).toBe('right')
    expect(await verifyPassword(byNode, `${PASSWORD}.`, onWorkers)).toBe(false)
    const own = await hashPassword(PASSWORD, onWorkers)
    expect(own).toContain(`$m=${PARAMETERS.memoryKiB},t=2,p=1$`)
    expect(await verifyPassword(own, PASSWORD, byHashWasm)).toBe('right')
  })

  it('hash-wasm gets no other module compiled', async () => {
    await expect(WebAssembly.compile(new Uint8Array(8))).rejects.toThrow(WebAssembly.CompileError)
  })
})

describe('the Worker', () => {
  let worker: Worker
  beforeAll(async () => {
    worker = await freshWorker()
  })
  const good = () => ({
    ASSETS: env.ASSETS,
    JWT_SECRET_KEY: SECRET,
    DATABASE_URL: inject('neonDatabaseUrl'),
    NEON_HTTP_ENDPOINT: inject('neonHttpEndpoint'),
    // All files share a database, and in it what unknown clients may do.
    RATE_LIMITS: GENEROUS,
    // Other systems use these names too; a Worker listens nowhere.
    HOST: 'https://auth.example.org',
    PORT: 'tcp://10.0.0.1:80',
  })
  type Env = Parameters<Worker['fetch']>[1]
  const ask = (environment: object, path = '/health', init?: RequestInit) =>
    worker.fetch(
      new Request(`https://api.example.org${path}`, init),
      environment as Env,
      context() as unknown as Parameters<Worker['fetch']>[2],
    )

  it.each<[string, Record<string, unknown>]>([
    ['no secret', { DATABASE_URL: 'postgres://edge:hunter2@localhost/edge' }],
    ['a weak secret', { JWT_SECRET_KEY: 'hunter2', DATABASE_URL: 'postgres://e:p@localhost/e' }],
    ['no database', { JWT_SECRET_KEY: SECRET }],
    ['a broken database URL', { JWT_SECRET_KEY: SECRET, DATABASE_URL: 'hunter2' }],
    ['a broken key set', { JWT_KEYS: '{hunter2', JWT_ALGORITHM: 'ES256' }],
    ['mails by SMTP', { ...good(), ...MAILS, SMTP_URL: 'smtp://u:hunter2@smtp.example.org' }],
    ['no binding for mails', { ...good(), ...MAILS, MAIL_PROVIDER: 'cloudflare' }],
    ['a mailbox that is nowhere', { ...good(), MAIL_PROVIDER: 'mailbox' }],
  ])(
    'with %s answers 500, tells the log what is wrong and the client nothing',
    async (_what, bad) => {
      vi.spyOn(console, 'log').mockImplementation(() => {})
      const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
      const answer = await ask({ ASSETS: env.ASSETS, ...bad })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      await expectProblem(answer, 'internal_error')
      const [line] = logged.mock.calls.map(([text]) => String(text))
      expect(line).toContain('The configuration cannot be used')
      expect(line).not.toContain('hunter2')
    },
  )

  it('without any variables names all that are missing, at once', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    await ask({ ASSETS: env.ASSETS })
    const [message = ''] = logged.mock.calls.map(([text]) => String(text))
    expect(message.split('\n').slice(1)).toEqual([
      '  DATABASE_URL: is required on Workers',
      expect.stringContaining('  JWT_SECRET_KEY: is required'),
    ])
    await ask({ ASSETS: env.ASSETS, JWT_SECRET_KEY: SECRET, DATABASE_URL: 'embedded' })
    expect(String(logged.mock.calls[1]?.[0])).toContain('DATABASE_URL: must be a postgres://')
  })

  it('logs what is doubtful in its configuration, once in an isolate', async () => {
    const fresh = await freshWorker()
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    const doubtful = { ...good(), CORS_ORIGIN: 'https://hunter2.example' }
    const request = new Request('https://api.example.org/health')
    for (let times = 0; times < 2; times++) {
      const answer = await fresh.fetch(request, doubtful as Env, context() as never)
      expect(answer.status).toBe(200)
    }
    const warned = lines.filter((line) => line.includes('config_doubtful'))
    expect(warned.map((line) => JSON.parse(line).warning)).toEqual([
      expect.stringMatching(/^REFRESH_TOKEN_EXPIRE_MINUTES: .*1440 minutes/),
      expect.stringMatching(/^MAIL_PROVIDER: .* answer 501/),
      'CORS_ORIGIN: is not known; CORS_ORIGINS may be meant',
    ])
    expect(lines.join()).not.toContain('hunter2')
  })

  it('is served once the configuration is right: a failure is not kept', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(console, 'log').mockImplementation(() => {})
    expect((await ask({ ASSETS: env.ASSETS })).status).toBe(500)
    expect((await ask(good())).status).toBe(200)
    expect((await ask(good(), '/health/ready')).status).toBe(200)
    const name = uniqueName()
    const signup = await ask(good(), '/auth/signup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: name, email: `${name}@example.org`, password: PASSWORD }),
    })
    expect(signup.status).toBe(201)
    for (const path of [
      '/docs',
      '/docs/swagger-ui-dist/swagger-ui.css',
      '/docs/swagger-ui-dist/swagger-ui-bundle.js',
      '/docs/swagger-ui-dist/docs-page.js',
      '/docs/swagger-ui-dist/docs-page.css',
    ]) {
      const answer = await ask(good(), path)
      expect(answer.status).toBe(200)
      expect((await answer.text()).length).toBeGreaterThan(100)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('refuses headers that are too large together, before the app, and no smaller ones', async () => {
    const logged = vi.spyOn(console, 'log').mockImplementation(() => {})
    const line = 'x-test: \r\n'.length
    // Many small ones are as large as one.
    const many = (bytes: number) =>
      Array.from({ length: bytes / 64 }, (_, at) => [
        `x-${at}`.padEnd(32, 'x'),
        'y'.repeat(64 - 32 - ': \r\n'.length),
      ])
    const of = (headers: string[][]) => ask(good(), '/health', { headers: headers as never })
    const bytes = 16_384
    for (const headers of [[['x-test', 'x'.repeat(bytes - line)]], many(bytes)]) {
      expect((await of(headers)).status).toBe(200)
    }
    logged.mockClear()
    for (const headers of [[['x-test', 'x'.repeat(bytes - line + 1)]], many(bytes + 64)]) {
      const answer = await of(headers)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      await expectProblem(answer, 'headers_too_large')
    }
    expect(logged).not.toHaveBeenCalled()
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['unknown', null],
    ['<b>203.0.113.9</b>', null],
  ])('shows %s, as CF-Connecting-IP tells it, as %s', async (told, shown) => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const headers = { 'content-type': 'application/json', 'cf-connecting-ip': told }
    const post = (path: string, body: object) =>
      ask(good(), path, { method: 'POST', headers, body: JSON.stringify(body) })
    const name = uniqueName()
    await post('/auth/signup', { username: name, email: `${name}@example.org`, password: PASSWORD })
    const login = await post('/auth/login', { username_or_email: name, password: PASSWORD })
    const { access_token: token } = (await login.json()) as { access_token: string }
    const list = await ask(good(), '/auth/sessions', {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await list.json()).toMatchObject({ sessions: [{ ip: shown }] })
  })

  it('documents the version of the package', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const document = await (await ask(good(), '/openapi.json')).json()
    expect(document).toMatchObject({ info: { version: manifest.version } })
  })

  it('tells by scheduled() what cleanup removed', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    await worker.scheduled(undefined, good() as Env)
    const told = lines.map((line) => JSON.parse(line))
    expect(told.filter(({ event }) => event !== 'config_doubtful')).toEqual([
      expect.objectContaining({ event: 'cleanup', sessions_removed: expect.any(Number) }),
    ])
  })
})
