import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
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
let installedNames: string[]
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'edge-auth-app-'))
  installed = join(app, 'node_modules/edge-auth-client')
  await run('npm', ['pack', '--pack-destination', app], { cwd: path('../../client') })
  const [tarball] = readdirSync(app)
  cpSync(path('spa'), app, { recursive: true })
  writeFileSync(join(app, 'package.json'), '{"private":true,"type":"module"}')
  for (const [at, snippet] of snippets().entries())
    writeFileSync(join(app, `readme-${at}.tsx`), snippet)
  const input = { modules: 'index.html', react: 'react.html' }
  const config = { build: { rollupOptions: { input } } }
  writeFileSync(join(app, 'vite.config.js'), `export default ${JSON.stringify(config)}`)
  const quietly = ['--offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', `./${tarball}`, ...quietly], { cwd: app })
  installedNames = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))
  // What an app has besides, without a network.
  for (const name of [
    'react',
    'react-dom',
    'scheduler',
    '@types/react',
    '@types/react-dom',
    'csstype',
    'jose',
  ]) {
    mkdirSync(dirname(join(app, 'node_modules', name)), { recursive: true })
    symlinkSync(path(`../../node_modules/${name}`), join(app, 'node_modules', name))
  }
})
afterAll(() => rmSync(app, { recursive: true }))

const read = (...names: string[]) => readFileSync(join(...names), 'utf8')

/** What the README shows whole: a client is made, or a request verified. */
function snippets(): string[] {
  const readme = readFileSync(path('../../client/README.md'), 'utf8')
  const all = [...readme.matchAll(/```tsx?\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  return all.filter(
    (text) => /^import /.test(text) && /createAuthClient\(|verifyRequest\(/.test(text),
  )
}

/** What a bundle of the app weighs, compressed: what is loaded at once, and each part that is loaded when it is needed. */
async function weigh(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: app },
    ...{ bundle: true, splitting: true, minify: true, metafile: true, write: false },
    ...{ format: 'esm', outdir: 'out', chunkNames: '[name]-[hash]', external: ['react'] },
  })
  const outputs = new Map(Object.entries(metafile.outputs))
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    seen.add(from)
    for (const { path, kind } of outputs.get(from)?.imports ?? []) {
      if (kind === 'import-statement' && outputs.has(path) && !seen.has(path)) reached(path, seen)
    }
    return seen
  }
  const textOf = (name: string) => outputFiles.find(({ path }) => path.endsWith(name))?.text ?? ''
  // Files that are loaded together weigh no more than one, which is how bundlers of apps put them.
  const weightOf = (names: Iterable<string>) => gzipSync([...names].map(textOf).join('')).length
  const eager = reached('out/stdin.js')
  const deferred = [...outputs.keys()]
    .filter((name) => !eager.has(name) && !/chunk-/.test(name))
    .map((name) => {
      const more = [...reached(name)].filter((each) => !eager.has(each))
      return [/out\/([a-z-]+?)-[A-Z\d]{8}/.exec(name)?.[1] ?? name, weightOf(more)]
    })
  return {
    eager: weightOf(eager),
    deferred: Object.fromEntries(deferred) as Record<string, number>,
  }
}

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
    expect(manifest.dependencies).toBeUndefined()
    const peers = Object.keys(manifest.peerDependencies)
    expect(peers.map((name) => [name, manifest.peerDependenciesMeta[name].optional])).toEqual([
      ['jose', true],
      ['react', true],
    ])
    expect(read(installed, 'LICENSE')).toBe(readFileSync(path('../../LICENSE'), 'utf8'))
    expect(installedNames).toEqual(['edge-auth-client'])
  })

  it('is clean to those who look at packages: publint, and are-the-types-wrong', async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true, level: 'suggestion' })
    expect(messages).toEqual([])
    const [tarball = ''] = readdirSync(app).filter((name) => name.endsWith('.tgz'))
    const attw = tool('@arethetypeswrong/cli', 'dist/index.js')
    // Bundlers and Node since 20.19 load modules; there is no CommonJS, nor what resolved types before `exports`.
    const args = [attw, join(app, tarball), '--profile', 'esm-only', '--format', 'json']
    const { stdout } = await run(process.execPath, args)
    const found = Object.values<{ resolutionKind: string }[]>(JSON.parse(stdout).problems).flat()
    const ignored = new Set(['node10', 'node16-cjs'])
    expect(found.filter(({ resolutionKind }) => !ignored.has(resolutionKind))).toEqual([])
  })

  it('has its three entries, and types that need no other package but React’s', async () => {
    const types = Object.fromEntries(
      ['index', 'react', 'server'].map((name) => [name, read(installed, 'dist', `${name}.d.ts`)]),
    )
    for (const name of ['index', 'server']) {
      expect(types[name]).not.toMatch(/^import\b|\bimport\(|\bfrom '|^\/\/\//m)
    }
    expect([...(types.react ?? '').matchAll(/from '(.*)'/g)].map(([, from]) => from)).toEqual([
      'react',
      './index.js',
    ])
    for (const text of Object.values(types)) expect(text).not.toMatch(/[:<|&(] *any\b/)
    const names = async (entry: string) =>
      Object.keys(await import(join(installed, `dist/${entry}.js`))).toSorted()
    expect(await names('index')).toEqual([
      'AuthError',
      'NetworkError',
      'createAuthClient',
      'memoryStorage',
      'tokenOfLink',
    ])
    expect(await names('react')).toEqual(['AuthProvider', 'useAuth', 'useUser'])
    expect(await names('server')).toEqual(['verifyRequest'])
    expect(read(installed, 'dist/react.js')).toMatch(/^"use client"/)
  })

  it('is small: 6 KB at once, and the rest when it is needed', async () => {
    const { eager, deferred } = await weigh("export { createAuthClient } from 'edge-auth-client'")
    expect(eager).toBeLessThanOrEqual(6_000)
    expect(Object.keys(deferred).toSorted()).toEqual([
      'account-calls',
      'bearer-changes',
      'cookie-session',
      'log-in-calls',
      'passkey-calls',
      'provider-calls',
    ])
    for (const weight of Object.values(deferred)) expect(weight).toBeLessThan(2_750)
    const hooks = await weigh("export * from 'edge-auth-client/react'")
    expect(hooks.eager).toBeLessThanOrEqual(1_000)
    expect(hooks.deferred).toEqual({})
  })

  it.each(['bundler', 'node16', 'nodenext'])(
    'lets the compiler find every mistake and no other, resolved by %s',
    async (resolution) => {
      const mistakes = read(app, 'mistakes.ts')
        .split('\n')
        .flatMap((line, index) => (line.includes('// wrong') ? [`mistakes.ts(${index + 1}`] : []))
      expect(mistakes).toHaveLength(11)
      expect(snippets()).toHaveLength(3)
      const module = resolution === 'bundler' ? 'esnext' : resolution
      const found = await compile('--module', module, '--moduleResolution', resolution)
      expect(found).toEqual(mistakes)
    },
  )

  it('is bundled by Vite, for an app of modules and for one by React', async () => {
    await run(process.execPath, [tool('vite', 'bin/vite.js'), 'build'], { cwd: app })
    const scripts = readdirSync(join(app, 'dist/assets'))
    const texts = scripts.map((name) => read(app, 'dist/assets', name))
    expect(texts.filter((text) => text.includes('edge-auth-client'))).toEqual([])
    expect(texts.filter((text) => text.includes('auth/factors/totp'))).toHaveLength(1)
    const chunks = scripts.filter((name) => /^(account|passkey|provider)-calls-/.test(name))
    expect(chunks).toHaveLength(3)
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
