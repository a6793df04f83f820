import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { loadEnvFile, readEnvFile, writeEnvFile } from '../../tools/env-file.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-env-'))
const path = join(place, '.env')
afterAll(() => rmSync(place, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

describe('an env file', () => {
  it.each([
    ['a byte order mark', '\uFEFFPORT=80\nDEBUG=true\n'],
    ['lines as Windows ends them', 'PORT=80\r\nDEBUG=true\r\n'],
    ['both', '\uFEFFPORT=80\r\nDEBUG=true\r\n'],
    ['export, as for a shell', 'export PORT=80\nexport DEBUG=true\n'],
    ['a mark before export', '\uFEFFexport PORT=80\nexport DEBUG="true"'],
  ])('with %s has all its variables', (_, text) => {
    writeFileSync(path, text)
    expect({ ...readEnvFile(path) }).toEqual({ PORT: '80', DEBUG: 'true' })
  })

  it('with a byte order mark gets a variable replaced, and none twice', () => {
    writeFileSync(path, '\uFEFFJWT_KEYS=old\r\nDEBUG=true\r\n')
    writeEnvFile(path, { JWT_KEYS: 'new' })
    expect({ ...readEnvFile(path) }).toEqual({ JWT_KEYS: 'new', DEBUG: 'true' })
    expect(readFileSync(path, 'utf8').match(/JWT_KEYS/g)).toHaveLength(1)
  })

  it('adds to an environment, whose own variables go first', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    writeFileSync(path, '\uFEFFPORT=80\nHOST=::1\n')
    const env = { PORT: '', PATH: '/bin' }
    loadEnvFile(path, env)
    expect(env).toEqual({ PORT: '', PATH: '/bin', HOST: '::1' })
    loadEnvFile(join(place, 'none'), env)
    expect(said).not.toHaveBeenCalled()
  })

  it('names what would have no effect in it', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    writeFileSync(path, 'NODE_EXTRA_CA_CERTS=/hunter2.pem\nNODE_OPTIONS=--inspect\n')
    loadEnvFile(path, { NODE_OPTIONS: '--no-warnings' })
    expect(said.mock.calls.flat()).toEqual([
      expect.stringMatching(/^Warning: NODE_EXTRA_CA_CERTS has no effect in /),
    ])
    expect(said.mock.calls.join()).not.toContain('hunter2')
  })
})
