import { expect, it } from 'vitest'
import { shapeFault } from '../../src/utils/json-shape.ts'

const MOST = { levels: 3, members: 4 }

it.each<[unknown, string | undefined]>([
  [{}, undefined],
  ['text', undefined],
  [[[[]]], undefined],
  [[[[[]]]], 'levels'],
  [{ a: { b: { c: 1 } } }, undefined],
  [{ a: { b: { c: {} } } }, 'levels'],
  [[[], [], [], []], undefined],
  [[1, 2, 3, 4], undefined],
  [[1, 2, 3, 4, 5], 'members'],
  [{ a: [1, 2, 3, 4], b: [1, 2, 3, 4] }, undefined],
  [{ a: [1, 2, 3, 4, 5] }, 'members'],
  [[[1, 2, 3, 4], 2, 3, 4, 5], 'members'],
  [['[[[[', ',,,,,', '"[[[[', '\\', '\\"[[[['], 'members'],
  [['[[[[', ',,,,,', '"[[[[', '\\'], undefined],
  [{ '{{{{"\\': ',,,,,' }, undefined],
])('%j exceeds %s', (value, fault) => {
  expect(shapeFault(JSON.stringify(value), MOST)).toBe(fault)
  expect(shapeFault(JSON.stringify(value, null, 2), MOST)).toBe(fault)
})

it.each(['', '"', '"\\', ']]]', '}', '{]', ',', '\u0000', '[1,2', '"[[[['])(
  'of %j, which is no JSON, it says nothing and does not fail',
  (text) => expect(shapeFault(text, MOST)).toBeUndefined(),
)
