import { expect, it } from 'vitest'
import { type Engine, startEngine } from '../../src/database/embedded/engine.ts'
import { superviseEngine } from '../../src/database/embedded/supervisor.ts'

const select = Buffer.from('Q\0\0\0\x0dselect 1\0')

it('starts an engine anew that stopped by itself, and says why it did', async () => {
  const stops: string[] = []
  const engines = await superviseEngine(() => startEngine({}), {
    isLasting: true,
    onStopped: ({ message }) => stops.push(message),
  })
  const first = await engines.engine()
  const underWay = expect(first.raw(select)).rejects.toMatchObject({
    name: 'DatabaseUnavailable',
    code: 'ENGINE_STOPPED',
  })
  await first.kill('broken')
  await underWay
  await first.ended
  const second = await engines.engine()
  expect(second).not.toBe(first)
  expect(Buffer.from(await second.raw(select)).toString('latin1')).toContain('SELECT 1')
  expect(stops).toEqual(['broken'])
  await engines.interrupt()
  expect(await engines.engine()).not.toBe(second)
  expect(stops).toHaveLength(1)
  await engines.close()
})

it('gives up after three attempts in a row that failed', async () => {
  const engine = await startEngine({})
  let attempts = 0
  const start = (): Promise<Engine> => {
    attempts++
    return attempts === 1 ? Promise.resolve(engine) : Promise.reject(new Error('no room'))
  }
  const lost = Promise.withResolvers<Error>()
  const engines = await superviseEngine(start, { isLasting: true, onLost: lost.resolve })
  await engine.kill('broken')
  expect(await lost.promise).toMatchObject({ message: 'no room' })
  expect(attempts).toBe(4)
  await expect(engines.engine()).rejects.toThrow('no room')
})
