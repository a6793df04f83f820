import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { literal } from '../../src/database/params.ts'

const SRC = new URL('../../src/', import.meta.url)
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
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
  // The linter judges a path as it is written, so that each file has to be written in one way.
  [
    'a path goes up and then down, never up again',
    /['"`][^'"`\n]*[^.'"`\n]\/\.\.\/|['"`]\.\/\.\./,
    /^$/,
  ],
  ['a module is named by a literal', /\bimport\((?!'[^']+'\))/, /^$/],
  ['a type is imported by a statement', /\bimport\('[^']+'\)\.(?!then|catch)/, /^$/],
  [
    'no module is reached in other ways',
    /\brequire\(|getBuiltinModule|import\.meta\.resolve|\/\/\/\s*<reference/,
    /^$/,
  ],
  [
    'every write is a step of a statement',
    /(?<!\.as\(\s*)\bdb\s*\.(insert|update|delete)\(/,
    /^database\//,
  ],
  [
    // What only keeps the house is no event: purges, counts, and the attempts to send a mail.
    'what is not recorded is not written',
    /kind: 'write'/,
    /^core\/(audit\/(state-change|failures)|cleanup\/purge|factors\/mailed-code|federation\/callback|limits\/forgive|outbox\/(claim|settle))\.ts$|^features\/dev\/mail\/repository\.ts$|^database\//,
  ],
  [
    'raw SQL takes no text that a request brought',
    /sql\.raw\((?!type\)|'\w+'\))/,
    // Its `literal` takes what the compiler knows, as is tested below.
    /^database\/params\.ts$/,
  ],
  [
    // A Worker's start is paid by every request that wakes one, and few of them send a mail.
    'mails are loaded when one is sent',
    /^(?:import|export) (?!type\b)[^']* from '(?:\.{1,2}\/)+mail\/(?!links\.ts)/m,
    /^$/,
  ],
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

it.each([
  ["import '../../../core/../adapters/logger.ts'", 'a path goes up and then down, never up again'],
  ["import './../errors.ts'", 'a path goes up and then down, never up again'],
  ['const a = await import(`../../adapters/logger.ts`)', 'a module is named by a literal'],
  ["const a = await import('../adapters/' + 'logger.ts')", 'a module is named by a literal'],
  ["type A = import('../../errors.ts').AppError", 'a type is imported by a statement'],
  ["const fs = require('node:fs')", 'no module is reached in other ways'],
  ["const fs = process.getBuiltinModule('node:fs')", 'no module is reached in other ways'],
  ["const a = import.meta.resolve('pg')", 'no module is reached in other ways'],
  ["/// <reference path='../errors.ts' />", 'no module is reached in other ways'],
  ["import { createRenderMail } from '../mail/render.ts'", 'mails are loaded when one is sent'],
  ["import {\n  createRenderMail,\n} from './mail/render.ts'", 'mails are loaded when one is sent'],
  ["export { WORDS } from '../mail/content.ts'", 'mails are loaded when one is sent'],
  ["statement({ name: 'x', kind: 'write', params: {} })", 'what is not recorded is not written'],
  ['await db.update(users).set({ email })', 'every write is a step of a statement'],
  ['return db\n  .insert(users)\n  .values({})', 'every write is a step of a statement'],
])('%s breaks a rule', (text, name) => {
  const [, pattern] = RULES.find(([rule]) => rule === name) ?? []
  expect(pattern?.test(text)).toBe(true)
})

it('a constant in SQL is one that the compiler knows', () => {
  const name = 'it' as 'it' | 'or that'
  expect(literal(name)).toEqual(literal('it'))
  const text: string = name
  // @ts-expect-error A request may have brought this.
  expect(literal(text)).toBeDefined()
})

it('nobody but entries imports an adapter, not even by import()', () => {
  const offenders = sources.filter(
    ({ path, text }) => /adapters\//.test(text) && !/^(node|worker)\.ts$|^adapters\//.test(path),
  )
  expect(offenders.map(({ path }) => path)).toEqual([])
})
