import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { LOCK_FILE, lockFolder } from '../../src/database/embedded/lock.ts'
import { refuseIfHeldByOldVersion } from '../../src/database/embedded/old-lock.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { SERVER, startNode } from '../support/node-process.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-lock-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

function folderNamed(name: string): string {
  const folder = join(place, name)
  mkdirSync(folder)
  return folder
}

const contender = new URL('lock-contender.ts', import.meta.url).pathname

/** Each says `won` or why it did not, and holds what it has until its input ends. */
function contend(folder: string, moment: number) {
  const child = spawn(process.execPath, [contender, folder, String(moment)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return { child, outcome: text(child.stdout) }
}

describe('the lock', () => {
  it('is refused to this process too, until it is released', async () => {
    const folder = folderNamed('own')
    const release = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`it is in use by process ${process.pid} on `),
    })
    release()
    const releaseAgain = await lockFolder(folder)
    releaseAgain()
    expect(readdirSync(folder)).toEqual([LOCK_FILE])
  })

  it('waits until its holder has signed, to tell whom to stop', async () => {
    const folder = folderNamed('unsigned')
    const release = await lockFolder(folder)
    writeFileSync(join(folder, LOCK_FILE), '')
    const refused = expect(lockFolder(folder)).rejects.toThrow('in use by process 7 on ')
    setTimeout(() => writeFileSync(join(folder, LOCK_FILE), 'process 7 on here\n'), 100)
    await refused
    writeFileSync(join(folder, LOCK_FILE), '')
    await expect(lockFolder(folder)).rejects.toThrow('in use by another process. Stop')
    release()
  })

  it.for(['', 'null', '{"pid":1}', '\0\u{fffd}[', 'process 1 on elsewhere'])(
    'is taken whatever an earlier holder wrote: %j',
    async (content) => {
      const folder = mkdtempSync(join(place, 'content-'))
      writeFileSync(join(folder, LOCK_FILE), content)
      const release = await lockFolder(folder)
      expect(readFileSync(join(folder, LOCK_FILE), 'utf8')).toContain(`process ${process.pid} on `)
      release()
    },
  )

  it('is had by exactly one of several that start at once, and by another when that one is killed', async () => {
    const folder = folderNamed('race')
    const contenders = Array.from({ length: 6 }, () => contend(folder, Date.now() + 1_000))
    const outcomes = await Promise.all(contenders.map(({ outcome }) => outcome))
    const winner = contenders.find((_, at) => outcomes[at] === 'won')?.child
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1)
    expect(
      outcomes.filter((outcome) => outcome.includes(`process ${winner?.pid} on`)),
    ).toHaveLength(5)
    const ended = new Promise((resolve) => winner?.once('exit', resolve))
    winner?.kill('SIGKILL')
    await ended
    const release = await lockFolder(folder)
    release()
    for (const { child } of contenders) child.stdin.end()
  })
})

describe("version 0.1.0's lock", () => {
  const path = (folder: string) => `${folder}.lock`

  it('of a live process is respected', () => {
    const folder = folderNamed('old-live')
    writeFileSync(path(folder), JSON.stringify({ pid: process.ppid, nonce: 'n' }))
    expect(() => refuseIfHeldByOldVersion(folder)).toThrow(
      `process ${process.ppid}, of an older version`,
    )
    expect(readdirSync(place)).toContain('old-live.lock')
  })

  it.for([
    'null',
    '',
    '[',
    '7',
    '{"pid":-1}',
    '{"pid":"1"}',
    '{"pid":999999999,"nonce":"n"}',
    `{"pid":${process.ppid},"started":"another boot:1","nonce":"n"}`,
    `{"pid":${process.pid},"nonce":"of a container started anew"}`,
  ])('is passed over where it says %s', (content) => {
    const folder = mkdtempSync(join(place, 'old-'))
    writeFileSync(path(folder), content)
    refuseIfHeldByOldVersion(folder)
  })

  it('is kept while this version has the folder, or 0.1.0 would not know; and binds this version not', async () => {
    const folder = join(place, 'both-versions')
    const { close } = await connectPglite({ folder })
    const kept = JSON.parse(readFileSync(path(folder), 'utf8'))
    expect(kept).toMatchObject({ pid: process.pid, nonce: expect.any(String) })
    writeFileSync(path(folder), JSON.stringify({ ...kept, pid: process.ppid, started: undefined }))
    refuseIfHeldByOldVersion(folder)
    writeFileSync(path(folder), JSON.stringify(kept))
    await close()
    await close()
    expect(existsSync(path(folder))).toBe(false)
    expect(readdirSync(folder)).toContain('PG_VERSION')
  })
})

/** CI is root, and there nothing is passed over. */
const canUnshare =
  process.env.CI === 'true' || (process.platform === 'linux' && process.getuid?.() === 0)

it.skipIf(!canUnshare)(
  'keeps a second container out, whose process numbers mean nothing here (needs root, for a PID namespace)',
  async () => {
    const folder = join(place, 'shared')
    const service = await startNode({ DATA_FOLDER: folder })
    const acknowledged: string[] = []
    const signUp = async () => {
      const username = `n${crypto.randomUUID().slice(0, 18)}`
      const body = { username, email: `${username}@example.org`, password: PASSWORD }
      if ((await service.post('/auth/signup', body)).status === 201) acknowledged.push(username)
    }
    const apart = ['--pid', '--fork', '--mount-proc', process.execPath, SERVER]
    const second = spawn('unshare', apart, {
      env: { DATA_FOLDER: folder, JWT_SECRET_KEY: SECRET, PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(second, 'exit')
    const said = text(second.stderr)
    for (let count = 0; count < 20; count++) await signUp()
    expect(await ended).toEqual([1, null])
    expect(await said).toContain(`it is in use by process ${service.child.pid} on `)
    service.child.kill('SIGTERM')
    await service.exited

    const { executor, close } = await connectPglite({ folder })
    const stored = await executor.column('select username from edge_auth.users')
    await close()
    expect(acknowledged).toHaveLength(20)
    expect(stored.sort()).toEqual(acknowledged.sort())
  },
)
