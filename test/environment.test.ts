import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { variables } from '../src/config/index.ts'
import { forgetSurroundings, plainBash } from './support/environment.ts'

it('of a shell’s variables, those that would change a run are forgotten', () => {
  const kept = {
    PATH: '/usr/bin',
    HOME: '/home/ada',
    LANG: 'de_DE.UTF-8',
    TZ: 'Asia/Kathmandu',
    CI: 'true',
    NODE_ENV: 'test',
    NODE_CHANNEL_FD: '3',
    CHROMIUM: '/usr/bin/chromium',
    TEST_POSTGRES_URL: 'postgres://localhost/postgres',
    PAGER: 'less',
    VITEST: 'true',
  }
  const env: NodeJS.ProcessEnv = {
    ...kept,
    ...Object.fromEntries(Object.keys(variables).map((name) => [name, 'x'])),
    PGHOST: '10.0.0.1',
    PGSSLMODE: 'verify-full',
    CLOUDFLARE_API_TOKEN: 'x',
    WRANGLER_LOG: 'debug',
    GIT_DIR: '.git',
    http_proxy: 'http://10.0.0.1:1',
    HTTPS_PROXY: 'http://10.0.0.1:1',
    no_proxy: '*',
    NODE_OPTIONS: '--no-such-flag',
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: '/none',
    FORCE_COLOR: '3',
    BASH_ENV: '/none',
    CDPATH: '/',
    'BASH_FUNC_curl%%': '() {  false; }',
  }
  forgetSurroundings(env)
  expect(env).toEqual(kept)
})

it('this run has forgotten them', () => {
  const before = { ...process.env }
  forgetSurroundings(process.env)
  expect(process.env).toEqual(before)
})

it('bash reads nothing of anybody’s', () => {
  const home = mkdtempSync(join(tmpdir(), 'edge-auth-bash-'))
  for (const file of ['.bashrc', '.bash_profile', '.curlrc', 'env.sh']) {
    writeFileSync(join(home, file), 'echo noise >&2; exit 1\n')
  }
  const hostile = {
    HOME: home,
    BASH_ENV: join(home, 'env.sh'),
    CDPATH: home,
    LC_ALL: 'xx_XX.no-such',
    http_proxy: 'http://127.0.0.1:1',
    'BASH_FUNC_node%%': '() {  false; }',
  }
  const own = { ...process.env }
  Object.assign(process.env, hostile)
  try {
    const { args, env } = plainBash()
    const script = 'node -p "process.execPath"; env | grep -c proxy || true'
    const output = execFileSync('bash', [...args, script], { env, encoding: 'utf8' })
    expect(output).toBe(`${process.execPath}\n0\n`)
  } finally {
    for (const name of Object.keys(hostile)) delete process.env[name]
    Object.assign(process.env, own)
    rmSync(home, { recursive: true })
  }
})

it('no test has less patience than all have, for a loaded machine is as slow for it', () => {
  const general = Number(
    /testTimeout: ([\d_]+)/.exec(text('vitest.config.ts'))?.[1]?.replace('_', ''),
  )
  expect(text('vitest.config.ts')).toContain(`hookTimeout: ${general / 1000}_000`)
  const given = globSync('test/**/*.ts').flatMap((file) =>
    [...text(file).matchAll(/^\s*(?:\}, )?([\d_]+_000)(?:\)|,)$|', \{ timeout: ([\d_]+) \}/gm)].map(
      ([, last, option]) => [file, Number((last ?? option)?.replaceAll('_', ''))] as const,
    ),
  )
  expect(given.length).toBeGreaterThan(2)
  expect(given.filter(([, milliseconds]) => milliseconds < general)).toEqual([])
})

function text(file: string): string {
  return readFileSync(file, 'utf8')
}
