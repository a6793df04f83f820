import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import serviceManifest from '../../package.json' with { type: 'json' }

const run = promisify(execFile)
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const require = createRequire(import.meta.url)
const tool = (name: string, bin: string) =>
  join(dirname(require.resolve(`${name}/package.json`)), bin)

// npm, the compiler and Vite are programs of their own, and slow where others compute.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** An app of somebody who has the tarball and nothing else of this project: client/README.md says how it is installed. */
let app: string
let installed: string
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'edge-auth-app-'))
  installed = join(app, 'node_modules/edge-auth-client')
  await run('npm', ['pack', '--pack-destination', app], { cwd: path('../../client') })
  const [tarball] = readdirSync(app)
  cpSync(path('spa'), app, { recursive: true })
  writeFileSync(join(app, 'package.json'), '{"private":true,"type":"module"}')
  const quietly = ['--offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', `./${tarball}`, ...quietly], { cwd: app })
})
afterAll(() => rmSync(app, { recursive: true }))

const read = (...names: string[]) => readFileSync(join(...names), 'utf8')

/** What the compiler finds wrong in the app, by file and line. */
async function compile(...options: string[]): Promise<string[]> {
  const tsc = tool('typescript', 'bin/tsc')
  const { stdout } = await run(
    process.execPath,
    [tsc, '-p', app, '--pretty', 'false', ...options],
    {
      cwd: app,
    },
  ).catch((failure: { stdout: string }) => failure)
  return stdout
    .split('\n')
    .filter((line) => line.includes('error'))
    .map((line) => /^([^(]+\(\d+),/.exec(line)?.[1] ?? line)
}

describe('the package of the client', () => {
  it('has the version of the service, its licence, and needs no other package', () => {
    const manifest = JSON.parse(read(installed, 'package.json'))
    expect(manifest.version).toBe(serviceManifest.version)
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([])
    expect(read(installed, 'LICENSE')).toBe(readFileSync(path('../../LICENSE'), 'utf8'))
    expect(readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'edge-auth-client',
    ])
    const files = readdirSync(join(installed, 'dist'))
    expect(files.toSorted()).toEqual(['index.d.ts', 'index.js', 'index.js.map'])
  })

  it('is one module of code and one of types, and small', async () => {
    const [code, types] = ['index.js', 'index.d.ts'].map((name) => read(installed, 'dist', name))
    expect(code).not.toMatch(/\b(import|require)\b\s*[({'"*]/)
    expect(types).not.toMatch(/^import\b|\bimport\(|\bfrom '|^\/\/\//m)
    expect(types).not.toMatch(/[:<|&(] *any\b/)
    expect(gzipSync(code ?? '').length).toBeLessThan(8_800)
    expect(Object.keys(await import(join(installed, 'dist/index.js'))).toSorted()).toEqual([
      'AuthError',
      'NetworkError',
      'createAuthClient',
      'memoryStorage',
      'tokenOfLink',
    ])
  })

  it.each(['bundler', 'node16', 'nodenext'])(
    'lets the compiler find every mistake and no other, resolved by %s',
    async (resolution) => {
      const mistakes = read(app, 'mistakes.ts')
        .split('\n')
        .flatMap((line, index) => (line.includes('// wrong') ? [`mistakes.ts(${index + 1}`] : []))
      expect(mistakes).toHaveLength(8)
      const module = resolution === 'bundler' ? 'esnext' : resolution
      const found = await compile('--module', module, '--moduleResolution', resolution)
      expect(found).toEqual(mistakes)
    },
  )

  it('is bundled by Vite', async () => {
    await run(process.execPath, [tool('vite', 'bin/vite.js'), 'build'], { cwd: app })
    const [script] = readdirSync(join(app, 'dist/assets'))
    const bundle = read(app, 'dist/assets', script ?? '')
    expect(bundle).toContain('auth/refresh')
    expect(bundle).not.toContain('edge-auth-client')
    expect(gzipSync(bundle).length).toBeLessThan(9_000)
  })

  it('keeps no Node process alive, though a session is to be refreshed later', async () => {
    const program = `
      import { createAuthClient, memoryStorage } from 'edge-auth-client'
      const storage = memoryStorage()
      const [issued_at, expires_at] = [Date.now(), Date.now() + 86_400_000]
      const tokens = { access_token: 'a', refresh_token: 'r', issued_at, expires_at, login_id: '1' }
      storage.setItem('edge-auth:http://localhost:9/', JSON.stringify(tokens))
      const auth = createAuthClient({ baseUrl: 'http://localhost:9', storage })
      createAuthClient({ baseUrl: '/relative' })
      console.log(auth.isLoggedIn(), process.getActiveResourcesInfo().filter((name) => name === 'Timeout'))`
    const input = ['--input-type=module', '--eval', program]
    const { stdout, stderr } = await run(process.execPath, input, { cwd: app, timeout: 20_000 })
    expect(stdout).toBe('true []\n')
    expect(stderr).toBe('')
  })
})
