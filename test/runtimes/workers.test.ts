import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import kernel from '../../argon2/argon2id.wasm'
import argon2 from '../../dist/wasm/argon2.wasm'
import blake2b from '../../dist/wasm/blake2b.wasm'
import manifest from '../../package.json' with { type: 'json' }
import { hashWasmFrom } from '../../src/adapters/argon2-hash-wasm-worker.ts'
import { createArgon2Kernel } from '../../src/adapters/argon2-kernel.ts'
import { deriveOnWorkers } from '../../src/adapters/argon2-worker.ts'
import { hashPassword, PARAMETERS, verifyPassword } from '../../src/core/passwords/hashing.ts'
import { argon2idOver } from '../../src/core/passwords/phc.ts'
import worker from '../../src/worker.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { recordingLogger } from '../support/logger.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'

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
  const good = () => ({
    ASSETS: env.ASSETS,
    JWT_SECRET_KEY: SECRET,
    DATABASE_URL: inject('neonDatabaseUrl'),
    NEON_HTTP_ENDPOINT: inject('neonHttpEndpoint'),
    // Other systems use these names too; a Worker listens nowhere.
    HOST: 'https://auth.example.org',
    PORT: 'tcp://10.0.0.1:80',
  })
  type Env = Parameters<typeof worker.fetch>[1]
  const ask = (environment: object, path = '/health', init?: RequestInit) =>
    worker.fetch(
      new Request(`https://api.example.org${path}`, init),
      environment as Env,
      context() as unknown as Parameters<typeof worker.fetch>[2],
    )

  it.each<[string, Record<string, string>]>([
    ['no secret', { DATABASE_URL: 'postgres://edge:hunter2@localhost/edge' }],
    ['a weak secret', { JWT_SECRET_KEY: 'hunter2', DATABASE_URL: 'postgres://e:p@localhost/e' }],
    ['no database', { JWT_SECRET_KEY: SECRET }],
    ['a broken database URL', { JWT_SECRET_KEY: SECRET, DATABASE_URL: 'hunter2' }],
    ['a broken key set', { JWT_KEYS: '{hunter2', JWT_ALGORITHM: 'ES256' }],
  ])(
    'with %s answers 500, tells the log what is wrong and the client nothing',
    async (_what, bad) => {
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

  it('documents the version of the package', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const document = await (await ask(good(), '/openapi.json')).json()
    expect(document).toMatchObject({ info: { version: manifest.version } })
  })

  it('tells by scheduled() what cleanup removed', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    await worker.scheduled(undefined, good() as Env)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'cleanup', sessions_removed: expect.any(Number) }),
    ])
  })
})
