import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** What a copy of the project does not need, or shares. */
const LEFT_OUT = ['node_modules', '.git', '.data', '.wrangler']

/** The guide's code by its first line: a whole file, or a line that goes into a list. */
const blocks = [
  ...readFileSync('docs/architecture.md', 'utf8').matchAll(
    /```ts\n\/\/ (?<into>into )?(?<file>\S+)\n(?<code>.*?)```/gs,
  ),
].map(({ groups }) => groups as { into?: string; file: string; code: string })

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-auth-guide-'))
  for (const name of readdirSync('.').filter((one) => !LEFT_OUT.includes(one))) {
    cpSync(name, join(folder, name), { recursive: true })
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  for (const { into, file, code } of blocks) {
    if (into) insert(file, code)
    else write(file, code)
  }
  // An editor writes this line by itself.
  const router = './account/last-login/router.ts'
  write(
    'src/features/index.ts',
    `import { lastLoginRouter } from '${router}'\n${read('src/features/index.ts')}`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (file: string) => readFileSync(join(folder, file), 'utf8')

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** Puts a line at the end of the file's first list that its kind of line belongs to. */
function insert(file: string, line: string): void {
  const list = {
    'src/features/index.ts': '  healthRouter,\n',
    'src/errors.ts': '  internal_error:',
    'client/types.ts': "  | 'internal_error'\n",
    'src/features/pages/words-activity-en.ts': '    limit_reached:',
    'src/features/pages/words-activity-de.ts': '    limit_reached:',
  }
  const before = list[file as keyof typeof list] ?? '} as const'
  const text = read(file)
  expect(text).toContain(before)
  write(file, text.replace(before, `${line}${before}`))
}

const run = (program: string, ...args: string[]) =>
  promisify(execFile)(join('node_modules/.bin', program), args, { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => Promise.reject(stdout + stderr),
  )

it('touches one folder, six lists and a test', () => {
  const folders = blocks.map(({ into, file }) => (into ? file : dirname(file)))
  expect([...new Set(folders)]).toEqual([
    'src/features/account/last-login',
    'src/features/index.ts',
    'src/errors.ts',
    'client/types.ts',
    'src/core/audit/events.ts',
    'src/features/pages/words-activity-en.ts',
    'src/features/pages/words-activity-de.ts',
    'test/features',
  ])
})

it('passes the linter and the compiler', async () => {
  await run('biome', 'lint', 'src')
  await run('tsc')
})

it('works as it says', async () => {
  expect(
    await run('vitest', 'run', '--project', 'node', 'test/features/last-login.test.ts'),
  ).toContain('1 passed')
})
