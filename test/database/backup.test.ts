import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { startNode } from '../support/node-process.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-backup-'))
const folder = join(place, 'postgres')
const target = join(place, 'copies', 'monday')
afterAll(() => rmSync(place, { recursive: true, force: true }))

function backUp(to: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/backup.ts', to], {
    env: { DATA_FOLDER: folder, ...env },
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

async function signUps(count: number): Promise<string[]> {
  const service = await startNode({ DATA_FOLDER: folder })
  const names: string[] = []
  for (let at = 0; at < count; at++) {
    const username = `b${crypto.randomUUID().slice(0, 18)}`
    const body = { username, email: `${username}@example.org`, password: PASSWORD }
    if ((await service.post('/auth/signup', body)).status === 201) names.push(username)
  }
  expect(backUp(join(place, 'early'))).toMatchObject({
    status: 1,
    said: expect.stringMatching(/in use by process \d+ on .*\. Stop that one first/),
  })
  // A crash leaves what Postgres has to recover.
  await service.kill()
  return names
}

async function logIns(names: string[]): Promise<number[]> {
  const service = await startNode({ DATA_FOLDER: folder })
  const statuses: number[] = []
  for (const username_or_email of names) {
    const body = { username_or_email, password: PASSWORD }
    statuses.push((await service.post('/auth/login', body)).status)
  }
  await service.kill()
  return statuses
}

it('gives every account back after the folder was lost', async () => {
  const names = await signUps(8)
  expect(names).toHaveLength(8)
  expect(backUp(target)).toMatchObject({ status: 0 })
  expect(readdirSync(join(place, 'copies'))).toEqual(['monday'])
  rmSync(folder, { recursive: true })
  cpSync(target, folder, { recursive: true })
  expect(await logIns(names)).toEqual(names.map(() => 200))
}, 60_000)

it('refuses to copy over something, into itself, from nothing, or another database', () => {
  mkdirSync(join(place, 'full'))
  writeFileSync(join(place, 'full', 'mine'), 'kept')
  const refused = (said: RegExp) => ({ status: 1, said: expect.stringMatching(said) })
  expect(backUp(join(place, 'full'))).toMatchObject(refused(/it is not empty/))
  expect(backUp(join(folder, 'copy'))).toMatchObject(refused(/inside the database/))
  expect(backUp(join(place, 'new'), { DATA_FOLDER: join(place, 'none') })).toMatchObject(
    refused(/holds no database/),
  )
  expect(backUp('')).toMatchObject(refused(/Say where to/))
  const DATABASE_URL = 'postgres://edge:secret@localhost/edge'
  expect(backUp(join(place, 'new'), { DATABASE_URL })).toMatchObject(refused(/use pg_dump/))
  expect(readdirSync(join(place, 'full'))).toEqual(['mine'])
  expect([join(place, 'none'), join(place, 'new')].some(existsSync)).toBe(false)
})
