import { randomBytes } from 'node:crypto'
import { appendFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseEnvText } from '../tools/env-file.ts'
import { newKeySet } from '../tools/key-set.ts'

export type LocalVariables = {
  variables: Record<string, string>
  /** The names of the variables that were missing and have been made. */
  made: string[]
}

const HEADER = `# Made by the first run, for this machine only. Never commit or share it.
# .dev.vars.example explains every variable.
`

/** Longer than any of the HMAC algorithms requires. */
const MADE: Record<string, () => string> = {
  JWT_SECRET_KEY: () => randomBytes(48).toString('base64url'),
}

/** Keys whose public halves are published, so that an API beside the service can verify tokens. */
export function publishedKeys(): Record<string, string> {
  const keys = newKeySet('ES256')
  return { JWT_ALGORITHM: keys.current.alg, JWT_KEYS: JSON.stringify(keys) }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes a file with all its text at once. Returns false if another first run was quicker. */
function create(path: string, text: string): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 })
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/**
 * Ensures that the file holds a secret of its own. It creates the file, readable by its owner alone, with what `besides`
 * says of a new one, or adds the missing lines. It never changes existing ones.
 */
export function ensureSecrets(
  path: string,
  besides: () => Record<string, string> = () => ({}),
): LocalVariables {
  const before = read(path)
  const known = parseEnvText(before ?? '') as Record<string, string>
  const made = Object.keys(MADE).filter((name) => !known[name])
  const added = {
    ...Object.fromEntries(made.map((name) => [name, MADE[name]?.() ?? ''])),
    ...(before === undefined && besides()),
  }
  const lines = Object.entries(added).map(
    ([name, value]) => `${name}=${value.startsWith('{') ? `'${value}'` : value}\n`,
  )
  if (before === undefined) {
    if (!create(path, [HEADER, ...lines].join(''))) return ensureSecrets(path, besides)
  } else if (lines.length > 0) {
    appendFileSync(path, [before.endsWith('\n') || !before ? '' : '\n', ...lines].join(''))
  }
  return { variables: { ...known, ...added }, made }
}
