import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

/** The parts of paths that stand in the client's sources, each without its variable parts. */
const SOURCES = globSync('client/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

it('the client covers what a user’s app calls, and leaves the rest to its fetch', async () => {
  const document = (await (await t.get('/openapi.json')).json()) as { paths: object }
  const paths = Object.keys(document.paths).filter((path) => path.startsWith('/auth/'))
  expect(paths.length).toBeGreaterThan(30)
  // A browser is sent there by the provider, and no script calls it.
  const byBrowsers = /^\/auth\/oauth\/\{provider\}\/callback$/
  const missing = paths
    .filter((path) => !byBrowsers.test(path))
    .filter((path) => {
      const [begin = '', end = ''] = path.slice(1).split(/\{\w+\}/)
      return !SOURCES.includes(begin) || !SOURCES.includes(end)
    })
  expect(missing).toEqual([])
})
