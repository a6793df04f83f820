import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { plainBash } from '../../support/environment.ts'

/** What stays out of a folder that stands for a clone: data, and files with secrets of a developer. */
const LEFT_OUT = /^\.(git|data|env|dev\.vars|wrangler)$/

/** A folder where the commands of this project run, and what they write is not left in the clone. */
export function folderOfCommands(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-docs-'))
  for (const name of readdirSync('.').filter((one) => !LEFT_OUT.test(one))) {
    symlinkSync(resolve(name), join(folder, name))
  }
  return folder
}

type Surroundings = { cwd?: string; env?: Record<string, string> }

/** Runs a script as if it were pasted into bash, but that its first failure ends it. Returns both outputs. */
export function bash(script: string, { cwd = '.', env = {} }: Surroundings = {}) {
  const plain = plainBash()
  return promisify(execFile)('bash', [...plain.args, script], {
    cwd,
    env: { ...plain.env, ...env },
  })
}
