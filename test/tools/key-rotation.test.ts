import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import type { Connection } from '../../src/database/index.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { keys } from '../../tools/key-commands.ts'
import { assembleTestApp, CHEAP, QUEUE, type TestApp } from '../support/app.ts'
import { commonPasswords } from '../support/app-node.ts'
import { silent } from '../support/logger.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-rotation-'))
const file = join(place, 'env')
const TEN_MINUTES = 600_000

let connection: Connection
let served: TestApp
let jwksRequests = 0
const server = createServer(
  getRequestListener((request) => {
    if (request.url.endsWith('/jwks.json')) jwksRequests++
    return served.app.fetch(request)
  }),
)
let origin = ''

beforeAll(async () => {
  connection = await connectPglite({ dump: await readFile(inject('templatePath')) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => vi.useRealTimers())
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  await connection.close()
  rmSync(place, { recursive: true })
})

/** An instance of the service with the keys that the file has now, over the database they all share. */
async function instance(): Promise<TestApp> {
  const passwords = createPasswords(await loadArgon2(silent), QUEUE, CHEAP)
  const env = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
  return assembleTestApp({ connection, passwords, commonPasswords, statements: () => 0 }, { env })
}

async function rotate(...flags: string[]): Promise<TestApp> {
  await keys(['rotate', '--file', file, ...flags])
  return instance()
}

async function expectLoggedIn(app: TestApp, tokens: Awaited<ReturnType<TestApp['login']>>) {
  expect((await app.get('/auth/me', tokens.access_token)).status).toBe(200)
  const refreshed = await app.refresh(tokens.refresh_token)
  expect(refreshed.status).toBe(200)
  return (await refreshed.json()) as typeof tokens
}

/** Only dates, so that the verifier's cache ages while sockets go on. */
function tenMinutesLater() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TEN_MINUTES })
}

describe('a rotation of keys', () => {
  it.for(['ES256', 'EdDSA', 'RS256'])(
    'with %s never fails a verifier that keeps the published keys',
    async (algorithm) => {
      rmSync(file, { force: true })
      await keys(['new', algorithm, '--file', file])
      served = await instance()
      const person = await served.signup()
      const verifier = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`))
      const verify = (token: string) =>
        jwtVerify(token, verifier, {
          issuer: 'edge-auth',
          audience: 'edge-auth',
          algorithms: [algorithm],
        })
      const issued = [(await served.login(person)).access_token]
      await verify(issued[0] ?? '')
      for (let round = 0; round < 3; round++) {
        tenMinutesLater()
        for (const token of issued) await verify(token)
        const before = jwksRequests
        served = await rotate()
        issued.push((await served.login(person)).access_token)
        for (const token of issued) await verify(token)
        // The new signing key had been published, so nobody needed to ask again.
        expect(jwksRequests).toBe(before)
      }
    },
  )

  it('logs nobody out, while old and new instances serve side by side', async () => {
    rmSync(file, { force: true })
    await keys(['new', 'EdDSA', '--file', file])
    const before = await instance()
    const person = await before.signup()
    const old = await before.login(person)
    const after = await rotate()
    const fresh = await after.login(person)
    await expectLoggedIn(after, await expectLoggedIn(before, fresh))
    await expectLoggedIn(after, await expectLoggedIn(after, old))
  })

  it('turns a JWT_SECRET_KEY into a key set and logs nobody out', async () => {
    writeFileSync(file, 'JWT_SECRET_KEY=what-was-there-before-any-rotation-0123456789\n')
    const plain = await instance()
    const person = await plain.signup()
    let tokens = await plain.login(person)
    const converted = await rotate()
    expect(converted.config.tokens.keySet).toBeDefined()
    tokens = await expectLoggedIn(converted, tokens)
    tokens = await expectLoggedIn(plain, tokens)
    const turned = await rotate()
    const next = await expectLoggedIn(turned, tokens)
    expect(next.access_token.split('.')[0]).not.toBe(tokens.access_token.split('.')[0])
    await expectLoggedIn(converted, next)
  })

  it('ends what a dropped key signed, and nothing else', async () => {
    rmSync(file, { force: true })
    await keys(['new', 'ES256', '--file', file])
    const first = await instance()
    const person = await first.signup()
    const oldest = await first.login(person)
    const second = await rotate()
    const newer = await second.login(person)
    const third = await rotate('--drop-previous')
    expect((await third.get('/auth/me', oldest.access_token)).status).toBe(401)
    expect((await third.refresh(oldest.refresh_token)).status).toBe(401)
    await expectLoggedIn(third, newer)
  })
})
