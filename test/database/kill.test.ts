import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { connectPglite } from '../../src/database/pglite.ts'
import { PASSWORD } from '../support/app.ts'
import { startNode } from '../support/node-process.ts'
import { prepareFolder } from '../support/prepared-folder.ts'

const TRIES = Number(process.env.KILL_TRIES ?? 6)
const LANES = 8

const place = mkdtempSync(join(tmpdir(), 'edge-auth-kill-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

it('has every acknowledged user after kill -9 in the middle of sign-ups', async () => {
  const folder = join(place, 'postgres')
  await prepareFolder(folder)
  const acknowledged: string[] = []
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const service = await startNode({ DATA_FOLDER: folder })
    const before = acknowledged.length
    const lane = async () => {
      while (service.child.exitCode === null) {
        const username = `k${crypto.randomUUID().slice(0, 18)}`
        const email = `${username}@example.org`
        const { status } = await service.post('/auth/signup', {
          username,
          email,
          password: PASSWORD,
        })
        if (status === 201) acknowledged.push(username)
        if (acknowledged.length > before + 10 + attempt) service.child.kill('SIGKILL')
      }
    }
    await Promise.allSettled(Array.from({ length: LANES }, lane))
    await service.exited
  }

  const { executor, close } = await connectPglite({ folder })
  const stored = new Set(await executor.column('select username from edge_auth.users'))
  const secured = await executor.column(
    'select username from edge_auth.users join edge_auth.credentials on user_id = users.id',
  )
  await close()
  expect(acknowledged.filter((username) => !stored.has(username))).toEqual([])
  expect(secured).toHaveLength(stored.size)
  expect(acknowledged.length).toBeGreaterThan(TRIES * 10)
}, 240_000)
