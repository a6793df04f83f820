import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { recordingLogger } from '../support/logger.ts'

const PASSWORD = new TextEncoder().encode('correct horse')
const COSTS = { memoryKiB: 64, iterations: 1, parallelism: 1 }

const failing = (error: Error) => () => Promise.reject(error)
const withCode = (code: string) => Object.assign(new Error('cannot find it'), { code })

/** What a process says that cannot load the binary at this address. */
function inProcess(library: string): string[] {
  const program = `
    import { loadArgon2 } from './src/adapters/argon2-node.ts'
    import { createLogger } from './src/adapters/logger.ts'
    const { hash, verify, isNative } = await loadArgon2(createLogger((line) => console.log(line)))
    const phc = await hash(Buffer.from('correct horse'), ${JSON.stringify(COSTS)})
    console.log(JSON.stringify({ isNative, verdict: await verify(phc, Buffer.from('correct horse')) }))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: library },
  })
  return stdout.trim().split('\n')
}

it('is the native module, and nothing is logged', async () => {
  const { log, logger } = recordingLogger()
  const { isNative, hash, verify } = await loadArgon2(logger)
  expect(isNative).toBe(true)
  expect(await verify(await hash(PASSWORD, COSTS), PASSWORD)).toBe(true)
  expect(log).toEqual([])
})

it('is hash-wasm where the real package has no binary that works, and one line says why', () => {
  const [warning = '', result = '', ...others] = inProcess('/nowhere/argon2.node')
  expect(JSON.parse(warning)).toMatchObject({
    level: 'warn',
    event: 'argon2_fallback',
    implementation: 'hash-wasm',
    platform: `${process.platform}-${process.arch}`,
    reason: expect.stringContaining("Cannot find module '/nowhere/argon2.node'"),
  })
  expect(JSON.parse(result)).toEqual({ isNative: false, verdict: true })
  expect(others).toEqual([])
})

it.each([
  withCode('ERR_MODULE_NOT_FOUND'),
  withCode('MODULE_NOT_FOUND'),
  new Error('Failed to load native binding'),
])('is hash-wasm where loading fails by %s', async (error) => {
  const { log, logger } = recordingLogger()
  const { isNative, hash, verify } = await loadArgon2(logger, failing(error))
  expect(isNative).toBe(false)
  const phc = await hash(PASSWORD, COSTS)
  expect(await verify(phc, PASSWORD)).toBe(true)
  expect(await verify(phc, new Uint8Array(3))).toBe(false)
  expect(log).toEqual([expect.objectContaining({ event: 'argon2_fallback' })])
})

it.each([
  new SyntaxError('Unexpected token'),
  new RangeError('Array buffer allocation failed'),
  new TypeError('x is not a function'),
  withCode('EMFILE'),
])('starts with nothing else where loading fails by %s', async (error) => {
  const { log, logger } = recordingLogger()
  await expect(loadArgon2(logger, failing(error))).rejects.toBe(error)
  expect(log).toEqual([])
})
