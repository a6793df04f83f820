import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { nodeDeps } from '../../src/adapters/node-deps.ts'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/index.ts'
import type { Connection } from '../../src/database/index.ts'
import { SECRET } from '../support/app.ts'
import { silent } from '../support/logger.ts'

it('the document has the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const deps = await nodeDeps(parseConfig({ JWT_SECRET_KEY: SECRET }), {} as Connection, silent)
  const answer = await createApp(deps).request('/openapi.json')
  expect((await answer.json()).info.version).toBe(version)
})
