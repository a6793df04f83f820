import { existsSync } from 'node:fs'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { hasDebianServers } from './test/support/debian.ts'
import { forgetSurroundings } from './test/support/environment.ts'
import { buildWorker } from './tools/build-worker.ts'

forgetSurroundings(process.env)
await buildWorker()

/** Everything that goes through `app.request` runs on both runtimes. */
const CORE = 'test/features/**/*.test.ts'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** CI installs Chromium and insists on the browser tests; elsewhere they run where there is one. */
const withBrowser = process.env.CI === 'true' || existsSync(CHROMIUM)
/** The same of another Postgres and PgBouncer. */
const withDebianServers = process.env.CI === 'true' || hasDebianServers

/** What is polled for may have to wait for another process, on a machine that is busy with other tests. */
const expect = { poll: { timeout: 15_000 } }

/** Far more than any needs. On a loaded machine a hook that starts a server or a database takes as long as a test. */
const PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    // Half of what tests do is to wait for servers; by itself Vitest leaves one core idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          expect,
          include: [
            CORE,
            'test/{adapters,client,config,contract,core,database,dev,tools,utils}/**/*.test.ts',
            'test/*.test.ts',
          ],
          exclude: ['**/*.postgres.test.ts'],
          globalSetup: 'test/support/template.ts',
          ...PATIENCE,
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
          expect,
          include: [CORE, 'test/runtimes/workers*.test.ts'],
          globalSetup: 'test/support/neon-server.ts',
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'postgres',
          expect,
          include: ['test/postgres/**/*.test.ts', 'test/**/*.postgres.test.ts'],
          globalSetup: 'test/support/postgres-server.ts',
          ...PATIENCE,
        },
      },
      {
        test: {
          // The core suite once more, on a real Postgres, by a role that may change rows and nothing else.
          name: 'runtime-role',
          expect,
          include: [CORE],
          globalSetup: 'test/support/postgres-server.ts',
          ...PATIENCE,
        },
      },
      ...(withDebianServers
        ? [
            {
              test: {
                name: 'surroundings',
                expect,
                include: ['test/surroundings/**/*.test.ts'],
                globalSetup: 'test/support/postgres-server.ts',
                ...PATIENCE,
              },
            },
          ]
        : []),
      ...(withBrowser
        ? [
            {
              test: {
                name: 'browser',
                expect,
                include: ['test/browser/**/*.test.ts'],
                ...PATIENCE,
                env: { CHROMIUM },
              },
            },
          ]
        : []),
    ],
  },
})
