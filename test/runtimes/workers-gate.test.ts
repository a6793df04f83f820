import { env } from 'cloudflare:workers'
import { expect, inject, it } from 'vitest'
import { type Bindings, workerDeps } from '../../src/adapters/worker-deps.ts'
import { parseConfig } from '../../src/config/index.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { GATE } from '../../src/middleware/limited.ts'
import { SECRET } from '../support/app.ts'
import { recordingLogger } from '../support/logger.ts'

/** What a refusal says, and the binding has from wrangler.toml. */
const { count: LIMIT } = GATE

it('the gate is bound by wrangler.toml: it counts each client by itself, and refuses what is above', async () => {
  const { log, logger } = recordingLogger()
  const endpoint = inject('neonHttpEndpoint')
  const connection = connectNeon(inject('neonDatabaseUrl'), { endpoint })
  const config = parseConfig({ JWT_SECRET_KEY: SECRET })
  const { gate } = await workerDeps(config, connection, logger, env as Bindings)
  const ask = async (key: string, times: number) => {
    const passed: (boolean | undefined)[] = []
    for (let count = 0; count < times; count++) passed.push(await gate?.(key))
    return passed
  }
  // A minute may begin in the middle, and its count anew: of twice as many at least one is refused whenever that is.
  const answers = await ask('203.0.113.9', 2 * LIMIT + 1)
  expect(answers.slice(0, LIMIT)).toEqual(Array(LIMIT).fill(true))
  expect(answers).toContain(false)
  expect(await ask('2001:db8::', 1)).toEqual([true])
  expect(log).toEqual([])
})
