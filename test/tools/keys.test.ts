import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import type { KeySet } from '../../src/core/tokens/jwk.ts'
import { keys } from '../../tools/key-commands.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-keys-'))
const file = join(place, 'env')
const SECRET = 'a-secret-that-was-there-before-0123456789'

beforeEach(() => rmSync(file, { force: true }))
afterAll(() => rmSync(place, { recursive: true }))

const run = (...args: string[]) => keys([...args, '--file', file])
const variables = () => parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
const set = () => JSON.parse(variables().JWT_KEYS ?? '') as KeySet
const privateParts = (keySet: KeySet) =>
  [keySet.current, keySet.next, ...keySet.previous].map((key) =>
    key?.kty === 'oct' ? key.k : (key?.d ?? ''),
  )

describe('npm run keys', () => {
  it('tells what it can do when asked for nothing', async () => {
    const { said } = await keys([])
    for (const command of ['new ALGORITHM', 'rotate', 'show']) expect(said).toContain(command)
  })

  it.for(['HS256', 'HS384', 'HS512', 'ES256', 'EdDSA', 'RS256'])(
    'makes %s keys that the service takes, and shows none of what is private',
    async (algorithm) => {
      const { said, value } = await run('new', algorithm)
      const config = parseConfig(variables())
      expect(config.tokens).toMatchObject({ algorithm, keySet: set() })
      expect(value).toBeUndefined()
      const shown = (await run('show')).said
      for (const part of privateParts(set())) {
        expect(part.length).toBeGreaterThan(40)
        expect(said + shown).not.toContain(part)
      }
      expect(said).toContain(set().current.kid)
      expect(JSON.parse((await run('show', '--stdout')).value ?? '')).toEqual(set())
      expect(statSync(file).mode & 0o777).toBe(0o600)
    },
  )

  it.for(['ES256', 'EdDSA', 'RS256'])('names %s keys by their thumbprint', async (algorithm) => {
    await run('new', algorithm)
    const { current } = set()
    const { kid, alg, ...jwk } = current
    expect(kid).toBe(await calculateJwkThumbprint(jwk))
  })

  it('moves every key one step on', async () => {
    await run('new', 'ES256')
    const first = set()
    await run('rotate')
    const second = set()
    expect(second).toMatchObject({ current: first.next, previous: [first.current] })
    await run('rotate')
    expect(set()).toMatchObject({
      current: second.next,
      previous: [first.next, first.current],
    })
    await run('rotate', '--drop-previous')
    expect(set().previous.map(({ kid }) => kid)).toEqual([second.next?.kid])
  })

  it('publishes a first next key before it signs', async () => {
    writeFileSync(file, `JWT_SECRET_KEY=${SECRET}\n`)
    await run('rotate')
    expect(Buffer.from(privateParts(set())[0] ?? '', 'base64url').toString()).toBe(SECRET)
    expect(set().next).toBeDefined()
    expect(variables().JWT_SECRET_KEY).toBe(SECRET)
  })

  it('leaves every other line alone', async () => {
    const lines = ['# JWT_KEYS=none', 'export JWT_ALGORITHM = HS256 # old', 'DEBUG=true', '']
    writeFileSync(file, `${lines.join('\r\n')}LAST=1`)
    await run('new', 'EdDSA')
    const [comment, algorithm, debug, last, keySet] = readFileSync(file, 'utf8').split(/\r?\n/)
    expect([comment, algorithm, debug, last]).toEqual([
      '# JWT_KEYS=none',
      'JWT_ALGORITHM=EdDSA',
      'DEBUG=true',
      'LAST=1',
    ])
    expect(keySet).toMatch(/^JWT_KEYS='\{.*\}'$/)
  })

  it('keeps a key set alone in a .json file, to be put into a secret as it is', async () => {
    const json = join(place, 'keys.json')
    const inFile = (...args: string[]) => keys([...args, '--file', json])
    const { said } = await inFile('new', 'ES256')
    expect(said).toContain(`npx wrangler secret put JWT_KEYS < ${json}`)
    expect(statSync(json).mode & 0o777).toBe(0o600)
    const first = readFileSync(json, 'utf8')
    const config = parseConfig({ JWT_ALGORITHM: 'ES256', JWT_KEYS: first })
    expect(config.tokens.keySet).toEqual(JSON.parse(first))
    await expect(inFile('new', 'ES256')).rejects.toThrow('has keys already')
    await expect(inFile('new', 'EdDSA')).rejects.toThrow('has keys already')
    expect(readFileSync(json, 'utf8')).toBe(first)
    await inFile('rotate')
    expect(JSON.parse(readFileSync(json, 'utf8')).current).toEqual(JSON.parse(first).next)
    writeFileSync(json, 'no keys')
    await expect(inFile('new', 'ES256')).rejects.toThrow('is not a key set')
    expect(readFileSync(json, 'utf8')).toBe('no keys')
  })

  it('takes a secret as the service does, without the white space around it', async () => {
    writeFileSync(file, `JWT_SECRET_KEY=" ${SECRET}\n"\n`)
    await run('rotate')
    expect(Buffer.from(privateParts(set())[0] ?? '', 'base64url').toString()).toBe(SECRET)
  })

  it('refuses what would log everybody out, and mistakes', async () => {
    await expect(run('rotate')).rejects.toThrow('has no keys')
    await expect(run('new', 'none')).rejects.toThrow('name one of')
    await expect(run('fly')).rejects.toThrow('there is no command')
    await run('new', 'ES256')
    const before = readFileSync(file, 'utf8')
    await expect(run('new', 'EdDSA')).rejects.toThrow('--replace')
    expect(readFileSync(file, 'utf8')).toBe(before)
    await run('new', 'EdDSA', '--replace')
    expect(set().current.alg).toBe('EdDSA')
    for (let at = 0; at < 10; at++) await run('rotate')
    await expect(run('rotate')).rejects.toThrow('--drop-previous')
    writeFileSync(file, 'JWT_KEYS={}\n')
    await expect(run('rotate')).rejects.toThrow('JWT_KEYS is not a key set')
  })
})
