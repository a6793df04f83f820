import { existsSync, readFileSync } from 'node:fs'
import type { KeySet } from '../src/core/tokens/jwk.ts'
import { readEnvFile, replaceFile, writeEnvFile } from './env-file.ts'

/** The variables that say what tokens are signed with. */
export type KeyVariables = { algorithm?: string; keys?: string; secret?: string }

/** A file of this name holds the key set and nothing else, as `wrangler secret put JWT_KEYS` takes it. */
export function isKeySetFile(file: string): boolean {
  return file.endsWith('.json')
}

/** Returns what an env file, or a file with a key set, says about keys: nothing if there is no file. */
export function readKeyFile(file: string): KeyVariables {
  if (!isKeySetFile(file)) {
    const { JWT_ALGORITHM, JWT_KEYS, JWT_SECRET_KEY } = readEnvFile(file)
    return {
      ...(JWT_ALGORITHM && { algorithm: JWT_ALGORITHM }),
      ...(JWT_KEYS && { keys: JWT_KEYS }),
      // As the service reads it, so that its tokens stay valid in the key set that it becomes.
      ...(JWT_SECRET_KEY?.trim() && { secret: JWT_SECRET_KEY.trim() }),
    }
  }
  const keys = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const algorithm = /"alg":\s*"(\w+)"/.exec(keys)?.[1]
  return { ...(keys.trim() && { keys }), ...(algorithm && { algorithm }) }
}

/** Puts a key set into the file, which only its owner can read. */
export function writeKeyFile(file: string, set: KeySet): void {
  const keys = JSON.stringify(set)
  if (isKeySetFile(file)) replaceFile(file, keys)
  else writeEnvFile(file, { JWT_ALGORITHM: set.current.alg, JWT_KEYS: keys })
}
