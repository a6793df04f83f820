import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Block, nameOf } from './blocks.ts'
import { blocksOfKind } from './of-kind.ts'

/** What blocks take for granted: an app with a client, a form, and words with the person. */
const AMBIENT = `
import type { AuthClient, LoginInput } from 'edge-auth-client'
import type { VerifyOptions } from 'edge-auth-client/server'
declare global {
  const AuthError: typeof import('edge-auth-client').AuthError
  const createAuthClient: typeof import('edge-auth-client').createAuthClient
  const auth: AuthClient
  const baseUrl: string
  const username: string
  const username_or_email: string
  const email: string
  const password: string
  const token: string
  const remembers: boolean
  const request: Request
  const SERVICE: VerifyOptions
  const verifyRequest: typeof import('edge-auth-client/server').verifyRequest
  const message: HTMLElement
  const form: HTMLFormElement & { password: HTMLInputElement }
  const button: HTMLButtonElement & ((text: string, act: () => unknown) => void)
  function show(text: string): void
  function askForCode(methods: readonly string[]): Promise<string>
  function askForPassword(): Promise<LoginInput>
}
`
const CLIENT = resolve('client')
const CONFIG = {
  extends: resolve('tsconfig.json'),
  compilerOptions: {
    ...{ lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: [], jsxImportSource: 'react' },
    // A block shows how something is begun, and need not end it.
    ...{ noUnusedLocals: false, allowJs: true, checkJs: true },
    paths: {
      'edge-auth-client': [join(CLIENT, 'index.ts')],
      'edge-auth-client/*': [
        join(CLIENT, '*.ts'),
        join(CLIENT, '*.tsx'),
        join(CLIENT, '*/index.ts'),
      ],
    },
  },
  include: ['.'],
  exclude: [],
}

/** Where the client's files are copied to. */
const COPY = './edge-auth-client/index.js'

/** The script of a page of HTML, the whole of any other. */
const scriptOf = ({ language, code }: Block) =>
  language === 'html'
    ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(code)?.[1] ?? '').replace(COPY, 'edge-auth-client')
    : code

const blocks = blocksOfKind('code')
const fileOf = (block: Block) => {
  const ending = { html: 'js', js: 'js', tsx: 'tsx' }[block.language] ?? 'ts'
  return `${block.file.replaceAll(/\W/g, '-')}-${block.line}.${ending}`
}

let folder: string
let wrong: string[]
beforeAll(async () => {
  mkdirSync('dist', { recursive: true })
  // Below the clone, whose packages the blocks import.
  folder = mkdtempSync(join('dist', 'docs-code-'))
  writeFileSync(join(folder, 'ambient.ts'), AMBIENT)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
  for (const block of blocks) {
    writeFileSync(join(folder, fileOf(block)), `${scriptOf(block)}\nexport {}\n`)
  }
  const { stdout } = await promisify(execFile)(join('node_modules', '.bin', 'tsc'), [
    '-p',
    folder,
    '--pretty',
    'false',
  ]).catch((failure: { stdout: string }) => failure)
  wrong = stdout.split('\n').filter((line) => line.includes('error TS'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('the compiler finds nothing wrong in what the blocks take for granted', () => {
  expect(wrong.filter((line) => !blocks.some((block) => line.includes(fileOf(block))))).toEqual([])
})

it.each(blocks.map((block) => [nameOf(block), block] as const))(
  'the compiler finds nothing wrong in %s',
  (_, block) => {
    // In JavaScript nobody says what a parameter is.
    const known = block.language === 'js' ? / TS7006: / : /^$/
    const own = wrong.filter((line) => line.includes(fileOf(block)) && !known.test(line))
    expect(own).toEqual([])
  },
)
