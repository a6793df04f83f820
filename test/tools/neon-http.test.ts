import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as driver from '@neondatabase/serverless'
import { describe, expect, it } from 'vitest'
import { neonHttp } from '../../tools/neon-http.ts'

const file = new URL('../../dist/neon-http.js', import.meta.url)
const half: Pick<typeof driver, 'neon' | 'neonConfig'> = await import(file.href)

const URL_WITH_PASSWORD = 'postgres://ada:s%2Fcret@db.example.org/edge'
const FIELDS = [16, 20, 23, 25, 1184].map((dataTypeID) => ({ name: `of${dataTypeID}`, dataTypeID }))
const ROWS = [
  ['t', '9007199254740993', '-7', 'pâssé', '2026-01-31 12:00:00.123456+00'],
  [null, null, null, null, null],
]
const FAULT = { message: 'duplicate key', code: '23505', detail: 'Key (email)', severity: 'ERROR' }

type Way = typeof half

/** What one query makes of an answer, and what it asked for. */
async function exchange({ neon, neonConfig }: Way, answer: Response, arrayMode: boolean) {
  const asked: unknown[] = []
  neonConfig.fetchFunction = async (...call: unknown[]) => {
    asked.push(call)
    return answer.clone()
  }
  const sql = neon(URL_WITH_PASSWORD, { arrayMode })
  const parameters = [1, 'x', null, true, new Date(0), ['a', 'b'], { a: 1 }]
  const outcome = await sql.query('select $1', parameters).catch((error: unknown) => ({
    ...(error as object),
    text: String(error),
  }))
  const batch = await sql.transaction([sql.query('select 1'), sql.query('select 2')]).catch(String)
  return { asked, outcome, batch }
}

describe('the HTTP half of Neon’s driver', () => {
  it('is what the installed package gives, and holds neither a TCP client nor a Buffer', async () => {
    const code = readFileSync(file, 'utf8')
    const whole = readFileSync(createRequire(import.meta.url).resolve('@neondatabase/serverless'))
    expect(code).toBe(await neonHttp())
    expect(Object.keys(half).sort()).toEqual(['neon', 'neonConfig'])
    for (const word of ['SASL', 'NeonPool', 'copyDone', 'SlowBuffer']) {
      expect(code).not.toContain(word)
      expect(whole.toString()).toContain(word)
    }
  })

  it.each<[string, Response]>([
    ['rows', Response.json({ fields: FIELDS, rows: ROWS, rowCount: 2, command: 'SELECT' })],
    ['several results', Response.json({ results: [1, 2].map(() => ({ fields: [], rows: [] })) })],
    ['an error of Postgres’', Response.json(FAULT, { status: 400 })],
    ['an error of the proxy’s', new Response('<html>', { status: 502 })],
    ['no JSON', new Response('<html>')],
  ])('asks and understands as the whole driver does: %s', async (_what, answer) => {
    for (const arrayMode of [true, false]) {
      const byHalf = await exchange(half, answer, arrayMode)
      expect(byHalf.asked).toHaveLength(2)
      expect(byHalf).toEqual(await exchange(driver, answer, arrayMode))
    }
  })

  it('says that it has no bytea, sent or received, where the whole driver has it', async () => {
    const column = { fields: [{ name: 'bytes', dataTypeID: 17 }], rows: [['\\x00ff']] }
    for (const parameter of [new Uint8Array([0, 255]), 'text']) {
      const outcomes = [half, driver].map(({ neon, neonConfig }) => {
        neonConfig.fetchFunction = async () => Response.json(column)
        return neon(URL_WITH_PASSWORD)
          .query('select $1', [parameter])
          .then((rows) => [...(rows[0]?.bytes ?? [])], String)
      })
      expect(await outcomes[0]).toMatch(/bytea is left out of the Worker/)
      expect(await outcomes[1]).toEqual([0, 255])
    }
  })
})
