import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

type Variables = Record<string, string | undefined>

/** Returns the variables of an env file's text. Node itself takes a byte order mark for a part of the first name. */
export function parseEnvText(text: string): Variables {
  return parseEnv(text.replace(/^\uFEFF/, ''))
}

/** Returns the variables of an env file, or none if there is no file. */
export function readEnvFile(path: string): Variables {
  return existsSync(path) ? parseEnvText(readFileSync(path, 'utf8')) : {}
}

/** What only Node's own start reads. In an env file it would have no effect, and nobody would notice. */
const READ_BY_NODE = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']

/** Adds the variables of an env file to an environment, whose own go first. No file is as good as an empty one. */
export function loadEnvFile(path: string, env: Variables): void {
  for (const [name, value] of Object.entries(readEnvFile(path))) {
    if (READ_BY_NODE.includes(name) && env[name] === undefined) {
      console.error(`Warning: ${name} has no effect in ${path}; set it in the environment.`)
    }
    env[name] ??= value
  }
}

/**
 * Sets variables in an env file and leaves every other line as it is. The file is replaced in one step, so a crash
 * leaves the old file or the new one. Only its owner can read the new one.
 */
export function writeEnvFile(path: string, values: Record<string, string>): void {
  let text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  for (const [name, value] of Object.entries(values)) text = withVariable(text, name, value)
  const written = parseEnvText(text)
  if (Object.entries(values).some(([name, value]) => written[name] !== value)) {
    throw new Error(`${path} has quotes that are not closed; nothing was changed`)
  }
  replaceFile(path, text)
}

function withVariable(text: string, name: string, value: string): string {
  const line = `${name}=${/^[\w.-]*$/.test(value) ? value : `'${value}'`}`
  const assignment = new RegExp(
    `^\\uFEFF?[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*(?:'[^']*'|"[^"]*"|\`[^\`]*\`)?[^\\r\\n]*`,
    'gm',
  )
  if (assignment.test(text)) return text.replace(assignment, () => line)
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** Replaces a file, or what a link leads to, in one step; only its owner can read the new one. */
export function replaceFile(path: string, text: string): void {
  const target = existsSync(path) ? realpathSync(path) : path
  const name = `.${basename(target)}.${randomBytes(6).toString('hex')}`
  const temporary = join(dirname(target), name)
  try {
    const file = openSync(temporary, 'wx', 0o600)
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    renameSync(temporary, target)
  } finally {
    rmSync(temporary, { force: true })
  }
}
