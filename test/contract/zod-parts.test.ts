import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as parts from '../../src/utils/zod-parts.ts'

/** The bundlers say nothing of a kind that is missing; the bundle would fail when it starts. */
test('the bundles have every kind of schema that the sources build', () => {
  const sources = globSync('src/**/*.{ts,tsx}').map((file) => readFileSync(file, 'utf8'))
  const used = sources.flatMap((text) =>
    [...text.matchAll(/\bz\s*\.(NEVER|[a-z]\w*(?=\())/g)].map(([, name = '']) => name),
  )
  expect(used).toEqual(expect.arrayContaining(['strictObject', 'NEVER']))
  expect(Object.keys(parts)).toEqual(expect.arrayContaining([...new Set(used)]))
})
