import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const CHECK = './tools/require-node.cjs'
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
}
const [, workerBuild = ''] = /^command = "(.+)"$/m.exec(readFileSync('wrangler.toml', 'utf8')) ?? []

/** Every script's first command that has Node run a file of TypeScript; those behind it do not run if that fails. */
const commands = [...Object.values(scripts), workerBuild]
  .map((script) => script.split('&&').filter((command) => command.includes('.ts'))[0] ?? '')
  .map((command) =>
    command
      .trim()
      .replace(/^exec /, '')
      .split(/\s+/),
  )
  .filter(([program, ...args]) => program === 'node' && args.some((arg) => arg.endsWith('.ts')))

function run(args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

describe('a Node that is too old', () => {
  it('is looked for by every command', () => {
    expect(commands.length).toBeGreaterThan(10)
  })

  it.each(commands.map((command) => [command.join(' '), command.slice(1)] as const))(
    'is named by: %s',
    (_, args) => {
      expect(run(['-r', './test/support/old-node.cjs', ...args])).toEqual({
        status: 1,
        stdout: '',
        stderr: 'Edge Auth needs Node.js 22.18 or newer; this is v22.17.1.\n',
      })
    },
  )

  it('is none from 22.18 on', () => {
    const versions = [
      '18.20.8',
      '20.20.2',
      '21.7.3',
      '22.9.0',
      '22.18.0',
      '22.100.0',
      '24.0.0',
      '100.0.0',
    ]
    const check = readFileSync(CHECK, 'utf8')
    const refused = versions.filter((node) => {
      const process = { version: `v${node}`, versions: { node }, exit: () => (hasEnded = true) }
      let hasEnded = false
      new Function('process', 'console', check)(process, { error: () => {} })
      return hasEnded
    })
    expect(refused).toEqual(['18.20.8', '20.20.2', '21.7.3', '22.9.0'])
  })
})
