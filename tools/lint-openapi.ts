import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLogger } from '../src/adapters/logger.ts'
import { nodeDeps } from '../src/adapters/node-deps.ts'
import { createApp } from '../src/app.ts'
import { parseConfig } from '../src/config/index.ts'
import type { Connection } from '../src/database/index.ts'

/** Returns the document as it is served. That needs neither a database nor a real secret. */
async function servedDocument(): Promise<string> {
  const config = parseConfig({ JWT_SECRET_KEY: crypto.randomUUID() })
  const logger = createLogger(() => {})
  const app = createApp(await nodeDeps(config, {} as Connection, logger))
  const answer = await app.request('/openapi.json')
  if (answer.status !== 200) throw new Error(`/openapi.json answered ${answer.status}`)
  return answer.text()
}

/** The probes and the published keys refuse nothing, so they have no 4xx to document. */
const SKIPPED = '--skip-rule=operation-4xx-response'

/** Runs the public linter with its recommended rules and without network access. */
function lint(path: string): boolean {
  const require = createRequire(import.meta.url)
  const cli = join(dirname(require.resolve('@redocly/cli/package.json')), 'bin/cli.js')
  const { status } = spawnSync(
    process.execPath,
    [cli, 'lint', path, '--max-problems=1000', SKIPPED],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      },
    },
  )
  return status === 0
}

const folder = await mkdtemp(join(tmpdir(), 'edge-auth-openapi-'))
try {
  const path = join(folder, 'openapi.json')
  await writeFile(path, await servedDocument())
  if (!lint(path)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}
