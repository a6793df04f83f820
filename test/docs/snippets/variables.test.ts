import { rmSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { parseConfig, variables } from '../../../src/config/index.ts'
import { SECRET } from '../../support/app.ts'
import { appleKey } from '../../support/apple-key.ts'
import { bash, folderOfCommands } from './bash.ts'
import { nameOf } from './blocks.ts'
import { blocksOfKind } from './of-kind.ts'

const folder = folderOfCommands()
afterAll(() => rmSync(folder, { recursive: true }))

const apple = await appleKey()

/** The variables that bash has after a block, and those that a command in it would get. */
async function variablesOf(code: string): Promise<Record<string, string>> {
  const script = `set -a; npm() { env; }\n${code}\nenv`
  const { stdout } = await bash(script, { cwd: folder })
  const lines = stdout.split('\n').filter((line) => /^[A-Z][A-Z0-9_]*=/.test(line))
  return Object.fromEntries(
    lines
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
      .filter(([name]) => name in variables),
  )
}

/** With what a page leaves out, or cannot know. */
const whole = (env: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      name === 'OAUTH_APPLE_PRIVATE_KEY'
        ? apple.env.OAUTH_APPLE_PRIVATE_KEY
        : value.replaceAll('…', 'a7Qm2Zx9'.repeat(5)),
    ]),
  )

it.each(blocksOfKind('variables').map((block) => [nameOf(block), block] as const))(
  'the service takes the variables of %s, and they change something',
  async (_, { code }) => {
    const named = Array.from(code.matchAll(/(?:^|[ #])([A-Z][A-Z0-9_]+)=/gm), ([, name]) => name)
    expect(named.filter((name) => !(name && name in variables))).toEqual([])
    const found = await variablesOf(code)
    expect(Object.keys(found).length).toBeGreaterThan(0)
    const usual = {
      JWT_SECRET_KEY: SECRET,
      PUBLIC_URL: 'https://auth.example.org',
      ...(Object.keys(found).some((name) => /^(MAIL|SMTP)_/.test(name)) && {
        MAIL_FROM: 'no-reply@example.org',
      }),
    }
    const configured = parseConfig({ ...usual, ...whole(found) })
    expect(configured).not.toEqual(parseConfig({ JWT_SECRET_KEY: SECRET }))
  },
)

it('refuses what no variable is, and a value that none may have', async () => {
  const { JWT_ALGORITHM } = await variablesOf('JWT_ALGORITHM=none')
  expect(JWT_ALGORITHM).toBe('none')
  expect(() => parseConfig({ JWT_SECRET_KEY: SECRET, JWT_ALGORITHM })).toThrow()
})
