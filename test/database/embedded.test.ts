import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Embedded, openEmbedded } from '../../src/database/embedded/open.ts'
import type { Connection } from '../../src/database/index.ts'
import { connectPglite, executorOf } from '../../src/database/pglite.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-embedded-'))
const script = (name: string) => new URL(name, import.meta.url).pathname
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** What a statement gives, without Drizzle between. */
const run = (connection: Connection, statement: ReturnType<typeof sql>) =>
  connection.db.execute(statement) as unknown as Promise<unknown[][]>

describe('in memory', () => {
  let database: Connection
  beforeAll(async () => {
    database = await connectPglite()
    await database.executor.atomically([
      'CREATE TABLE kept (id int PRIMARY KEY)',
      'INSERT INTO kept VALUES (1)',
    ])
  })
  afterAll(() => database.close())

  it('gives values as a server does, a leading U+FEFF included', async () => {
    const [row] = await run(
      database,
      sql`SELECT ${1}::int, ${'\ufeff😀'}::text, 1::int8, NULL, '[2:3]={t,NULL}'::bool[],
        timestamptz '2026-01-02 03:04:05Z'`,
    )
    expect(row).toEqual([1, '\ufeff😀', '1', null, [true, null], '2026-01-02 03:04:05+00'])
  })

  it('reports what Postgres says of an error, and works on', async () => {
    await expect(run(database, sql`INSERT INTO kept VALUES (${1})`)).rejects.toMatchObject({
      cause: { code: '23505', constraint: 'kept_pkey', table: 'kept', severity: 'ERROR' },
    })
    await expect(run(database, sql`COPY kept FROM STDIN`)).rejects.toMatchObject({
      cause: { code: '57014' },
    })
    expect(await run(database, sql.raw(`SELECT ${'1+'.repeat(2000)}1`))).toEqual([[2001]])
  })

  it('survives a recursion without end', async () => {
    await database.executor.column(
      "CREATE FUNCTION endless() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN endless(); END'",
    )
    await expect(run(database, sql`SELECT endless()`)).rejects.toMatchObject({
      cause: { code: '54001' },
    })
    expect(await run(database, sql`SELECT 1`)).toEqual([[1]])
  })

  it('undoes all statements of a migration when one fails', async () => {
    const { executor } = database
    await expect(
      executor.atomically(['INSERT INTO kept VALUES (2)', 'SELECT nothing']),
    ).rejects.toMatchObject({ code: '42703' })
    expect(await executor.column('SELECT id FROM kept')).toEqual([1])
  })

  it('answers those that are sent together in their order', async () => {
    const rows = await Promise.all(
      Array.from({ length: 200 }, (_, at) => run(database, sql`SELECT ${at}::int`)),
    )
    expect(rows.map(([row]) => row?.[0])).toEqual(Array.from({ length: 200 }, (_, at) => at))
  })

  it('opens copies of a dump that do not know of each other, and has no folder to restart from', async () => {
    const first = await openEmbedded()
    await executorOf(first).column('CREATE TABLE copied AS SELECT 1 AS id')
    const dump = await first.dump()
    await first.close()
    const copies = await Promise.all([openEmbedded({ dump }), openEmbedded({ dump })])
    const [one, other] = copies.map((copy) => executorOf(copy))
    await one?.column('INSERT INTO copied VALUES (7)')
    expect(await one?.column('SELECT id FROM copied')).toEqual([1, 7])
    expect(await other?.column('SELECT id FROM copied')).toEqual([1])
    expect(await copies[0].interrupt()).toBe(false)
    await Promise.all(copies.map((copy) => copy.close()))
    await expect(one?.column('SELECT 1')).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
  })
})

describe('in a folder', () => {
  let database: Embedded
  const folder = join(place, 'nested', 'kept')
  const column = (text: string) => executorOf(database).column(text)

  it('keeps its data, and refuses a second owner until it is closed', async () => {
    database = await openEmbedded({ folder })
    await column('CREATE TABLE t AS SELECT 1 AS id')
    await expect(openEmbedded({ folder })).rejects.toThrow(`in use by process ${process.pid} on `)
    await database.close()
    database = await openEmbedded({ folder })
    expect(await column('SELECT id FROM t')).toEqual([1])
    expect(readdirSync(join(place, 'nested'))).toEqual(['kept', 'kept.lock'])
  })

  it('stops what runs and cannot end', async () => {
    const stuck = column('SELECT pg_sleep(60)')
    setTimeout(() => database.interrupt(), 200)
    await expect(stuck).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
    expect(await column('SELECT id FROM t')).toEqual([1])
  })

  it('is closed whatever runs', async () => {
    const stuck = column('SELECT pg_sleep(60)').catch((error) => error)
    await database.close()
    expect(await stuck).toMatchObject({ code: 'ENGINE_STOPPED' })
  })

  it('stops a statement that takes too long, and answers those that come next', async () => {
    const connection = await connectPglite({ folder })
    const rows = await run(connection, sql`SELECT 1`)
    const stuck = run(connection, sql`SELECT pg_sleep(60)`)
    await expect(stuck).rejects.toMatchObject({ cause: { code: 'ANSWER_TIMEOUT' } })
    expect(await run(connection, sql`SELECT 1`)).toEqual(rows)
    await connection.close()
  })
})

async function writeUntilKilled(folder: string, delay: number) {
  const child = spawn(process.execPath, [script('embedded-writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: number[] = []
  let found: number[] | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('found ')) found = JSON.parse(line.slice(6)) as number[]
    else acknowledged.push(Number(line))
    if (acknowledged.length === 1) setTimeout(() => child.kill('SIGKILL'), delay)
  }
  return { found, acknowledged }
}

it('has every acknowledged row after kill -9 in the middle of writing', async () => {
  const folder = join(place, 'killed')
  const tries = Number(process.env.KILL_TRIES ?? 6)
  let expected: number[] = []
  for (let attempt = 0; attempt < tries; attempt++) {
    const { found, acknowledged } = await writeUntilKilled(folder, 5 + ((attempt * 7) % 60))
    // One more than acknowledged may be there: the one whose acknowledgement was cut off.
    expect(found?.slice(0, expected.length)).toEqual(expected)
    expect(found?.length).toBeLessThanOrEqual(expected.length + 1)
    expected = [...(found ?? []), ...acknowledged]
  }
  const { executor, close } = await connectPglite({ folder })
  const ids = await executor.column('SELECT id FROM acknowledged ORDER BY id')
  await close()
  expect(ids.slice(0, expected.length)).toEqual(expected)
  expect(expected.length).toBeGreaterThan(tries)
})
