import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { hasOtherBrowsers } from './test/browser/other-browser.ts'
import { hasDebianServers } from './test/support/debian.ts'
import { forgetSurroundings } from './test/support/environment.ts'
import { buildWorker } from './tools/build-worker.ts'

forgetSurroundings(process.env)
await buildWorker()
// Tests that start the service start what ships; a bundle also starts in half the time of its sources.
execFileSync(process.execPath, ['tools/build-node.ts'], { stdio: 'inherit' })

/** Everything that goes through `app.request` runs on both runtimes. */
const CORE = 'test/features/**/*.test.ts'
/** What those tests have besides a database. */
const BREACH_SERVER = 'test/support/breach-server.ts'
const PROVIDER = 'test/support/hostile-provider.ts'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** CI installs Chromium and insists on the browser tests; elsewhere they run where there is one. */
const withBrowser = process.env.CI === 'true' || existsSync(CHROMIUM)
/** The same of Firefox and WebKit. */
const withOtherBrowsers = process.env.CI === 'true' || hasOtherBrowsers()
/** The same of another Postgres and PgBouncer. */
const withDebianServers = process.env.CI === 'true' || hasDebianServers

/** The same requests in each run, unless more or others are wanted. */
const fuzz = {
  runs: Number(process.env.FUZZ_RUNS ?? 30),
  seed: Number(process.env.FUZZ_SEED ?? 20_261_126),
}

/** Nothing is slow because a machine is busy with something else. Only what hangs may fail by its time. */
const patience = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
}

export default defineConfig({
  test: {
    // Half of what tests do is to wait for servers; by itself Vitest even leaves one core idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'node',
          ...patience,
          // These change nothing that others see, so that files share a process and what it has loaded.
          isolate: false,
          include: [CORE, 'test/{config,contract,core,mail,utils}/**/*.test.ts'],
          exclude: ['**/*.postgres.test.ts'],
          globalSetup: ['test/support/template.ts', BREACH_SERVER, PROVIDER],
          provide: { fuzz },
        },
      },
      {
        test: {
          name: 'processes',
          ...patience,
          include: [
            'test/{adapters,client,database,dev,docs,tools}/**/*.test.ts',
            'test/*.test.ts',
          ],
          exclude: ['**/*.postgres.test.ts'],
          globalSetup: ['test/support/template.ts', BREACH_SERVER, PROVIDER],
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
          }),
        ],
        test: {
          name: 'workers',
          ...patience,
          isolate: false,
          globalSetup: ['test/support/neon-server.ts', BREACH_SERVER, PROVIDER],
          include: [
            CORE,
            'test/core/federation/**/*.test.ts',
            'test/contract/{admin-routes,fuzz}.test.ts',
            'test/mail/**/*.test.ts',
            'test/runtimes/workers*.test.ts',
          ],
          provide: { fuzz: { ...fuzz, runs: Math.ceil(fuzz.runs / 2) } },
        },
      },
      {
        test: {
          name: 'postgres',
          ...patience,
          isolate: false,
          include: ['test/postgres/**/*.test.ts', 'test/**/*.postgres.test.ts'],
          globalSetup: ['test/support/postgres-server.ts', PROVIDER],
          provide: { fuzz },
        },
      },
      {
        test: {
          // The core suite once more, on a real Postgres, by a role that may change rows and nothing else.
          name: 'runtime-role',
          ...patience,
          isolate: false,
          include: [CORE],
          // These are about HTTP and tokens, whatever the database.
          exclude: ['test/features/{bodies,cors,headers,home,jwks,token-spelling}.test.ts'],
          globalSetup: ['test/support/postgres-server.ts', BREACH_SERVER, PROVIDER],
        },
      },
      ...(withDebianServers
        ? [
            {
              test: {
                name: 'surroundings',
                ...patience,
                include: ['test/surroundings/**/*.test.ts'],
                globalSetup: 'test/support/postgres-server.ts',
              },
            },
          ]
        : []),
      ...(withBrowser
        ? [
            {
              test: {
                name: 'browser',
                ...patience,
                include: ['test/browser/**/*.test.ts'],
                exclude: withOtherBrowsers ? [] : ['test/browser/other-browsers.test.ts'],
                env: { CHROMIUM },
              },
            },
          ]
        : []),
    ],
  },
})
