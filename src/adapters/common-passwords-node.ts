import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)

/**
 * Reads the filter of common passwords. The nearest package.json says where it is: beside the bundle, or among the
 * sources.
 */
export async function readCommonPasswords(): Promise<Uint8Array> {
  return readFile(resolve('#passwords/common-passwords.bin'))
}
