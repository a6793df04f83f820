import type { Block } from './blocks.ts'
import { reasonOf, testOf } from './lists.ts'

const CODE = ['ts', 'tsx', 'js', 'html']
const ASSIGNED = `[A-Z][A-Z0-9_]*=(?:"[^"]*"|'[^']*'|[^\\s'"]*)`
/** Variables and comments, and perhaps the start of the service that they are for. */
const VARIABLES = new RegExp(
  `^(?:${ASSIGNED}(?: +${ASSIGNED})*(?: +npm (?:run dev|start))?)?(?: *#.*)?$`,
)
const OF_A_SERVER = /postgres:\/\/|_URL"/

const isShell = ({ language }: Block) => language === 'bash'
const linesOf = ({ code }: Block) => code.replaceAll(/\\\n */g, '').split('\n')

/** What becomes of a block, the first that fits; a test of this folder takes each kind. */
const KINDS = {
  /** Another test runs it. */
  elsewhere: (block: Block) => testOf(block) !== undefined,
  listed: (block: Block) => reasonOf(block) !== undefined,
  /** No code: a drawing. */
  text: ({ language }: Block) => language === '',
  /** The service must take them. */
  variables: (block: Block) =>
    isShell(block) && linesOf(block).every((line) => VARIABLES.test(line)),
  /** Pasted into bash as it is, with the service at its usual address. */
  tour: (block: Block) => isShell(block) && block.code.startsWith('API='),
  /** Asks a service that runs, as somebody who is logged in. */
  curl: (block: Block) => isShell(block) && block.code.startsWith('curl '),
  /** Commands for a database on a server, or programs that Debian has. */
  server: (block: Block) =>
    isShell(block) && (OF_A_SERVER.test(block.code) || block.code.startsWith('jq ')),
  /** Commands of this project, over an embedded database. */
  command: isShell,
  /** Links to pages that there are. */
  link: ({ language, code }: Block) => language === 'html' && code.startsWith('<a '),
  code: ({ language }: Block) => CODE.includes(language),
  sql: ({ language }: Block) => language === 'sql',
  json: ({ language }: Block) => language === 'json',
  yaml: ({ language }: Block) => language === 'yaml',
  http: ({ language }: Block) => language === 'http',
} as const

export type Kind = keyof typeof KINDS

/** The kind of a block; undefined for one that nothing would run. */
export function kindOf(block: Block): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind](block))
}
