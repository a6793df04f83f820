import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { type Document, routesOf } from '../support/openapi.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const ORIGIN = 'http://localhost'
const LONGEST = 8_192

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

/** A path that makes an address of so many characters. */
const addressOf = (path: string, characters: number) => path.padEnd(characters - ORIGIN.length, 'x')

describe('an address', () => {
  it.each(['/health?', '/auth/me?token=', '/verify-email?token=', '/docs?', '/nowhere/'])(
    '%s… is read up to its limit and refused above, whatever it leads to',
    async (path) => {
      const { status } = await t.get(addressOf(path, LONGEST))
      expect([200, 400, 401, 404]).toContain(status)
      const answer = await t.get(addressOf(path, LONGEST + 1))
      const { detail } = await expectProblem(answer, 'uri_too_long')
      expect(detail).toBe('The address may have at most 8192 characters.')
      expect(t.log.at(-1)).toMatchObject({ event: 'request', status: 414 })
      expect(JSON.stringify(t.log.at(-1))).not.toContain('xxx')
    },
  )

  it('that is too long reads no body and asks no database', async () => {
    const body = new ReadableStream({ pull: () => expect.unreachable() }, { highWaterMark: 0 })
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
    let status = 0
    const trips = await t.roundTrips(async () => {
      status = (await t.request(addressOf('/auth/login?', LONGEST + 1), init)).status
    })
    expect([status, trips]).toEqual([414, 0])
  })

  it('that is too long is told to a page that may call, and to no other', async () => {
    const ask = async (origin: string) => {
      const answer = await t.request(addressOf('/health?', LONGEST + 1), { headers: { origin } })
      return answer.headers.get('access-control-allow-origin')
    }
    expect(await ask('https://app.example.org')).toBe('https://app.example.org')
    expect(await ask('https://elsewhere.example')).toBeNull()
  })
})

it('no route that takes no body reads one, nor answers otherwise because there is one', async () => {
  const document: Document = await (await t.get('/openapi.json')).json()
  const without = routesOf(document).filter(
    ({ requestBody, method }) => !requestBody && method !== 'GET',
  )
  expect(without.map(({ name }) => name)).toContain('POST /auth/refresh')
  for (const { method, path } of without) {
    let taken = 0
    const pull = (controller: ReadableStreamDefaultController) => {
      taken++
      controller.enqueue(new TextEncoder().encode('{'.repeat(1_024)))
    }
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const [plain, loaded] = [
      await t.request(path, { method }),
      await t.request(path, { method, body, duplex: 'half' } as RequestInit),
    ]
    expect([path, loaded.status, taken]).toEqual([path, plain.status, 0])
  }
})

it('a form has a number of fields, whatever their names', async () => {
  const send = (count: number) => {
    const form = new URLSearchParams(Array.from({ length: count - 1 }, () => ['f', '']))
    form.set('token', 'x')
    return t.request('/verify-email', { method: 'POST', body: form })
  }
  const [most, more] = [await send(100), await send(101)]
  const [read, refused] = [await most.text(), await more.text()]
  expect([most.status, more.status]).toEqual([400, 400])
  // The one says that the link is used up, the other that the form is none.
  expect(refused).not.toBe(read)
})
