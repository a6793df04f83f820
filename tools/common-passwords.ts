import { writeFileSync } from 'node:fs'
import { dictionary } from '@zxcvbn-ts/language-common'

/** ASVS 6.2.4 requires the 3,000 most used passwords that the length rule allows. */
const COUNT = 3000
const MIN_CHARACTERS = 8

const passwords = dictionary['passwords-common']
  .filter((password) => password.length >= MIN_CHARACTERS && !/[\s`\\$]/.test(password))
  .slice(0, COUNT)

writeFileSync(
  new URL('../src/core/passwords/common-passwords.ts', import.meta.url),
  `/** The ${passwords.length} most used passwords of ${MIN_CHARACTERS} characters or more; made by tools/common-passwords.ts. */
export const COMMON_PASSWORDS =
  '${passwords.join(' ').replaceAll("'", "\\'")}'
`,
)
