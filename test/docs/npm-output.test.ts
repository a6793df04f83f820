import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

// `npm run` writes its own two lines to standard output first, unless it is silent.
const WITH_LINES = /npm run (?!-s |--silent )[^\n`#|>]*(?: >>? | \| )/
const SUBSTITUTED = /\$\(npm run (?!-s |--silent )/

const TEXTS = globSync(
  [
    ...['*.{md,yaml}', 'docs/**/*.md', 'client/*.md', 'examples/**/*.md', 'deploy/**/*'],
    ...['src/**/*.{ts,tsx}', 'tools/*.{ts,cjs}', 'dev/**/*.ts', 'test/tools/*.ts'],
  ],
  { exclude: (path) => path.includes('node_modules') },
).filter((path) => /\.\w+$/.test(path))

/** The commands of a text: not the cells of a table, which end in the same sign. */
const commandsOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('| '))

it('whose output goes into a file or a pipe is asked for without npm’s own lines', () => {
  for (const trap of ['npm run db:grants > a.sql', 'npm run keys -- show | cat', '$(npm run x)']) {
    expect(WITH_LINES.test(trap) || SUBSTITUTED.test(trap), trap).toBe(true)
  }
  for (const fine of [
    'npm run -s db:grants > a.sql',
    'npm run a || true',
    'npm run db:backup -- <to>',
  ]) {
    expect(WITH_LINES.test(fine) || SUBSTITUTED.test(fine), fine).toBe(false)
  }
  expect(TEXTS.length).toBeGreaterThan(200)
  const traps = TEXTS.flatMap((path) =>
    commandsOf(path)
      .filter((line) => WITH_LINES.test(line) || SUBSTITUTED.test(line))
      .map((line) => `${path}: ${line}`),
  )
  expect(traps).toEqual([])
})
