import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { startNode } from '../support/node-process.ts'
import { prepareFolder } from '../support/prepared-folder.ts'

/** CI is root, and there nothing is passed over. */
const isRoot = process.env.CI === 'true' || process.getuid?.() === 0
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
  await prepareFolder(folder)
  const names = await signUps(8)
  expect(names).toHaveLength(8)
  expect(backUp(target)).toMatchObject({ status: 0 })
  expect(readdirSync(join(place, 'copies'))).toEqual(['monday'])
  rmSync(folder, { recursive: true })
  cpSync(target, folder, { recursive: true })
  expect(await logIns(names)).toEqual(names.map(() => 200))
})

it.skipIf(!isRoot)(
  'copies from one volume to another, and not what belongs to their disks (needs root, to mount one)',
  () => {
    const disk = join(place, 'disk')
    mkdirSync(disk)
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk])
    mkdirSync(join(disk, 'lost+found'))
    mkdirSync(join(folder, 'lost+found', 'secret'), { recursive: true })
    const outcome = backUp(disk)
    const names = readdirSync(disk)
    spawnSync('umount', [disk])
    rmSync(join(folder, 'lost+found'), { recursive: true })
    expect(outcome).toMatchObject({ status: 0 })
    expect(names).toEqual(expect.arrayContaining(['PG_VERSION', 'base', 'lost+found']))
    expect(names.filter((name) => name.startsWith('.') || name.startsWith('edge'))).toEqual([])
  },
)

it('refuses to copy over something, into itself, from nothing, or another database', () => {
  mkdirSync(join(place, 'full'))
  writeFileSync(join(place, 'full', 'mine'), 'kept')
  const refused = (said: RegExp) => ({ status: 1, said: expect.stringMatching(said) })
  expect(backUp(join(place, 'full'))).toMatchObject(refused(/it is not empty/))
  expect(backUp(join(folder, 'copy'))).toMatchObject(refused(/inside the database/))
  expect(backUp(join(place, 'new'), { DATA_FOLDER: join(place, 'none') })).toMatchObject(
    refused(/holds no database/),
  )
  symlinkSync(folder, join(place, 'link'))
  expect(backUp(join(place, 'link', 'copy'))).toMatchObject(refused(/inside the database/))
  expect(backUp(join(place, 'full', 'mine', 'copy'))).toMatchObject(
    refused(/cannot be copied to .*is a file and not a folder/),
  )
  expect(backUp('')).toMatchObject(refused(/Say where to/))
  const DATABASE_URL = 'postgres://edge:secret@localhost/edge'
  expect(backUp(join(place, 'new'), { DATABASE_URL })).toMatchObject(refused(/use pg_dump/))
  expect(readdirSync(join(place, 'full'))).toEqual(['mine'])
  expect([join(place, 'none'), join(place, 'new')].some(existsSync)).toBe(false)
})
