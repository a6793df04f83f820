import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, SECRET } from '../../support/app.ts'
import { freePort } from '../../support/ports.ts'
import { prepareFolder } from '../../support/prepared-folder.ts'
import { type Service, startService } from '../../support/service.ts'
import { bash, folderOfCommands } from './bash.ts'
import { type Block, nameOf } from './blocks.ts'
import { blocksOfKind } from './of-kind.ts'
import { TOURS } from './tours.ts'

/** The commands that are run for the docs need the database alone; the service is stopped meanwhile. */
const folder = folderOfCommands()
const data = join(folder, 'postgres')
const env = { DATABASE_URL: 'embedded', DATA_FOLDER: data, JWT_SECRET_KEY: SECRET }
let service: Service
let metricsPort: number

const start = () =>
  startService({ ...env, METRICS_PORT: String(metricsPort), MAIL_PROVIDER: 'mailbox' })
beforeAll(async () => {
  await prepareFolder(data)
  metricsPort = await freePort()
  service = await start()
})
afterAll(async () => {
  await service.stop()
  rmSync(folder, { recursive: true })
})

/** A block that is asked of the service of this file instead of the one of a developer. */
const here = ({ code }: Block) =>
  code.replaceAll('http://localhost:8787', service.base).replaceAll(':9464', `:${metricsPort}`)

const answersOf = (stdout: string): unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('{') ? JSON.parse(line) : line))

describe('what is pasted into bash', () => {
  it('is known here, each page with what it answers', () => {
    expect(
      blocksOfKind('tour')
        .map(({ file }) => file)
        .sort(),
    ).toEqual(Object.keys(TOURS).sort())
  })

  // The first one makes the account that the others have.
  it.each(Object.keys(TOURS))('works: %s', async (file) => {
    const block = blocksOfKind('tour').find((one) => one.file === file)
    const script = block ? here(block) : ''
    expect(script).toContain(service.base)
    const { stdout, stderr } = await bash(script)
    expect(stderr).toBe('')
    TOURS[file]?.(answersOf(stdout))
  })
})

describe('commands', () => {
  const admin = (words: string) => bash(`npm run -s admin -- ${words}`, { cwd: folder, env })
  beforeAll(async () => {
    await service.stop()
    // Somebody who may log in remains an admin when a page takes it from ada.
    await admin('grant lise')
  })
  afterAll(async () => {
    await admin('grant ada')
    service = await start()
  })

  it.each(blocksOfKind('command').map((block) => [nameOf(block), block] as const))(
    'succeed: %s',
    async (_, { code }) => {
      const { stdout, stderr } = await bash(code, { cwd: folder, env })
      expect(`${stdout}${stderr}`).not.toMatch(/Nothing was done|Error|undefined/)
      expect(`${stdout}${stderr}`.length).toBeGreaterThan(20)
    },
  )
})

describe('calls by curl', () => {
  let known: Record<string, string>
  beforeAll(async () => {
    const login = { username_or_email: 'ada', password: PASSWORD }
    const answer = await fetch(`${service.base}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
    })
    const { access_token } = await answer.json()
    const authorization = `Bearer ${access_token}`
    const me = await fetch(`${service.base}/auth/me`, { headers: { authorization } })
    const { id } = await me.json()
    known = { API: service.base, ADMIN: access_token, ACCESS: access_token, ID: id }
  })

  it.each(blocksOfKind('curl').map((block) => [nameOf(block), block] as const))(
    'are answered: %s',
    async (_, block) => {
      const script = here(block).replaceAll(/^curl /gm, 'curl --silent --show-error --fail ')
      const { stderr } = await bash(script, { cwd: folder, env: known })
      expect(stderr).toBe('')
    },
  )
})
