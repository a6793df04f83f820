import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectPglite } from '../../src/database/pglite.ts'
import { PASSWORD } from '../support/app.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { prepareFolder } from '../support/prepared-folder.ts'

/** Mounting is root's; CI is root, and there nothing is passed over. */
const canMount = process.env.CI === 'true' || process.getuid?.() === 0
const SEGMENT = 16 << 20
/** So much room lets tables grow, and no new segment of the log be made. */
const ROOM = 6 << 20
/** Soon used up by sign-ups. */
const LEFT_IN_SEGMENT = 200_000

const run = (command: string, ...words: string[]) => {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}

describe.skipIf(!canMount)('a disk with no room for the log (needs root, to mount one)', () => {
  let disk: string
  let service: NodeProcess
  let acknowledged: string[]
  const folder = () => join(disk, 'postgres')
  const ballast = () => join(disk, 'ballast')

  beforeEach(async () => {
    acknowledged = []
    disk = mkdtempSync(join(tmpdir(), 'edge-auth-disk-'))
    run('mount', '-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk)
    await prepareFolder(folder())
    await useUpSegment()
    service = await startNode({ DATA_FOLDER: folder() })
    // Starting made the next segment ahead of its use, since this one is nearly full.
    const segments = readdirSync(join(folder(), 'pg_wal')).filter((name) => name.length === 24)
    expect(segments).toHaveLength(2)
    rmSync(join(folder(), 'pg_wal', String(segments.sort()[1])))
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(ballast(), Buffer.alloc(bavail * bsize - ROOM))
  })

  afterEach(async () => {
    await service.kill()
    run('umount', disk)
    rmSync(disk, { recursive: true })
  })

  async function useUpSegment(): Promise<void> {
    const { executor, close } = await connectPglite({ folder: folder() })
    const [at] = await executor.column("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    const bytes = SEGMENT - (Number(at) % SEGMENT) - LEFT_IN_SEGMENT
    await executor.column(`select pg_logical_emit_message(false, '', repeat('x', ${bytes}))::text`)
    await close()
  }

  async function signUp(): Promise<number> {
    const username = `d${crypto.randomUUID().slice(0, 18)}`
    const body = { username, email: `${username}@example.org`, password: PASSWORD }
    const { status } = await service.post('/auth/signup', body)
    if (status === 201) acknowledged.push(username)
    return status
  }

  async function untilStatus(wanted: number): Promise<void> {
    while ((await signUp()) !== wanted);
  }

  it('heals without a restart once there is room, and has every acknowledged user', async () => {
    await untilStatus(503)
    rmSync(ballast())
    const freedAt = performance.now()
    await untilStatus(201)
    const healed = performance.now() - freedAt
    expect(healed).toBeLessThan(within(15_000))
    service.child.kill('SIGTERM')
    expect(await service.exited).toMatchObject({ code: 0 })
    const { executor, close } = await connectPglite({ folder: folder() })
    const stored = new Set(await executor.column('select username from edge_auth.users'))
    await close()
    expect(acknowledged.filter((username) => !stored.has(username))).toEqual([])
    expect(service.output()).toContain('"code":"ENGINE_STOPPED"')
    expect(service.output()).toMatch(/"database_stopped","reason":".*No space left on device"/)
    console.log(`${acknowledged.length} acknowledged; healed in ${Math.round(healed)} ms`)
  })

  it('ends with the reason when no room comes', async () => {
    await untilStatus(503)
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.output()).toMatch(
      /The database stopped and does not start again\. .*no room left on its disk/,
    )
  })
})
