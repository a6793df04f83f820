import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const SRC = new URL('../../src/', import.meta.url)
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(new URL(path, SRC), 'utf8') }))

/** What Biome's rules (biome.json) cannot say; each names the few files that may. */
const RULES: [string, RegExp, RegExp][] = [
  [
    // The queue and the log measure how long something takes, which is no date of anything.
    'time is a parameter: no clock but in entries and adapters',
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    /^(node|worker)\.ts$|^adapters\/|^core\/passwords\/bounded-queue\.ts$|^middleware\/access-log\.ts$|^database\//,
  ],
  [
    'nobody asks which runtime this is',
    /navigator\.userAgent|WebSocketPair|process\.versions/,
    /^$/,
  ],
  [
    'the environment is read by the entry alone',
    /\bprocess\.env\b|\bimport\.meta\.env\b/,
    /^node\.ts$/,
  ],
  ['no text is run as code', /\beval\(|new Function\(/, /^$/],
  ['raw SQL takes no text that a request brought', /sql\.raw\((?!type\)|'\w+'\))/, /^$/],
  [
    'one file writes problems',
    /application\/problem\+json; charset/,
    /^http\/problem\.ts$|^worker\.ts$|^adapters\/http-server-node\.ts$/,
  ],
]

it.each(RULES)('%s', (_rule, pattern, allowed) => {
  const offenders = sources.filter(({ path, text }) => pattern.test(text) && !allowed.test(path))
  expect(offenders.map(({ path }) => path)).toEqual([])
})

it('there is source to look at', () => expect(sources.length).toBeGreaterThan(50))

it('nobody but entries and deps imports an adapter, not even by import()', () => {
  const offenders = sources.filter(
    ({ path, text }) => /adapters\//.test(text) && !/^(node|worker)\.ts$|^adapters\//.test(path),
  )
  expect(offenders.map(({ path }) => path)).toEqual([])
})
