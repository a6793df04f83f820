import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseConfig, variables } from '../src/config/index.ts'
import { FIELD_PROBLEMS, PROBLEMS, type ProblemCode, sentenceOf } from '../src/errors.ts'
import { INPUT_LIMITS } from '../src/utils/input-limits.ts'
import { type Service, startService } from './support/service.ts'

const page = (name: string) => readFileSync(name, 'utf8')
const README = page('README.md')

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

/** The part of a page under a heading, up to the next one. */
function section(name: string, heading: string): string {
  const [, part] = page(name).split(new RegExp(`\n##+ ${heading}\n`))
  if (part === undefined) throw new Error(`${name} has no section "${heading}"`)
  return part.split(/\n##+ /)[0] ?? ''
}

/** The rows of tables in a text whose first cell is code, a cell a text. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    )
}

/** The defaults of the schema, as they would be written in an env file. */
function defaults(): Record<string, string> {
  const known = Object.entries(variables).map(([name, schema]) => {
    // Where it is made into something else, what is written is what goes in.
    const written = schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : schema
    const { data } = written.safeParse(undefined)
    return [name, data === undefined ? '' : String(data)]
  })
  return Object.fromEntries(known)
}

describe('README.md', () => {
  it('is one screen: what and why, two commands, and where to read on', () => {
    expect(README.split('\n').length).toBeLessThan(60)
    const [, commands] = /```bash\n([\s\S]*?)```/.exec(README) ?? []
    expect(commands?.split('\n').map((line) => line.split('#')[0]?.trim())).toEqual([
      'npm ci && npm run dev',
      'npm ci && npm test',
      '',
    ])
    expect(page('docs/quick-start.md')).toContain(commands)
  })

  it('and docs/README.md lead to every page', () => {
    const index = page('docs/README.md')
    const pages = globSync('docs/**/*.md').map((file) => file.slice('docs/'.length))
    expect(pages.length).toBeGreaterThan(20)
    const unnamed = pages.filter((file) => file !== 'README.md' && !index.includes(`](${file})`))
    expect(unnamed).toEqual([])
  })
})

describe('docs', () => {
  it('say how much a request may bring, and by which code more is refused', () => {
    const cells = section('docs/errors.md', 'What a request may bring')
      .split('\n')
      .filter((line) => /^\| .*\d/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    const numbers = cells.map(([, , most = '']) =>
      Number(/[\d,]+/.exec(most)?.[0].replace(',', '')),
    )
    expect(numbers).toEqual(Object.values(INPUT_LIMITS))
    for (const [, , , answer = ''] of cells) {
      const [, status, code] = /^(\d+)(?: `(\w+)`)?/.exec(answer) ?? []
      if (code) expect(String(PROBLEMS[code as ProblemCode].status)).toBe(status)
    }
  })

  it('list every endpoint', async () => {
    const { paths } = await (await fetch(`${service.base}/openapi.json`)).json()
    const documented = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const listed = rows(page('docs/endpoints.md')).map(([call]) => call)
    expect(listed.sort()).toEqual([...documented, 'GET /', 'GET /docs', 'GET /openapi.json'].sort())
  })

  it('list every variable with its default', () => {
    const listed = rows(page('docs/configuration.md')).map(([name, value]) => [name, value])
    expect(Object.fromEntries(listed)).toEqual(defaults())
  })

  it('list every error code', () => {
    const known = Object.entries(PROBLEMS).map(([code, { status, title }]) => [
      code,
      String(status),
      title,
      sentenceOf(code as ProblemCode),
    ])
    expect(rows(section('docs/errors.md', 'Codes'))).toEqual(known)
  })

  it('list every code of a field', () => {
    expect(rows(section('docs/errors.md', 'Codes of fields'))).toEqual(
      Object.entries(FIELD_PROBLEMS),
    )
  })
})

describe.each(globSync('{,client/,docs/,docs/guides/,argon2/,bench/,examples/,examples/*/}*.md'))(
  '%s',
  (file) => {
    const text = readFileSync(file, 'utf8')

    it('names scripts that exist', () => {
      const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
      const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name)
      expect(named.filter((name) => !(name && name in scripts))).toEqual([])
    })

    it('links to files and headings that exist', () => {
      const links = [...text.matchAll(/\]\((?!http)([^)#]*)#?([^)]*)\)/g)]
      const broken = links.filter(([, path, heading]) => {
        const target = path ? join(dirname(file), path) : file
        return !existsSync(target) || (heading && !headingsOf(target).includes(heading))
      })
      expect(broken.map(([link]) => link)).toEqual([])
    })
  },
)

/** The headings of a page, as links name them: GitHub leaves out punctuation. */
function headingsOf(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)]
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(['.env.example', '.dev.vars.example'])('%s', (file) => {
  const text = readFileSync(file, 'utf8')
  const uncommented = text.replace(/^# ([A-Z_]+=.*)$/gm, '$1')

  it('has every variable with its default', () => {
    expect(parseEnv(uncommented)).toEqual(defaults())
  })

  it('explains each of them', () => {
    for (const name of Object.keys(variables)) {
      expect(text).toMatch(new RegExp(`^# (?![A-Z_]+=)\\S.{10,}\\n# ${name}=`, 'm'))
    }
  })

  it('can be used as it is, with a key', () => {
    const env = { ...parseEnv(uncommented), JWT_SECRET_KEY: 'one-key-of-enough-bytes-0123456789' }
    const { JWT_SECRET_KEY } = env
    expect(parseConfig(env)).toEqual(parseConfig({ JWT_SECRET_KEY }))
  })
})
