import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const LIMIT = 16_384

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

type Sent = string | Uint8Array<ArrayBuffer> | ReadableStream | null
const send = (body: Sent, headers: Record<string, string> = {}) =>
  t.request('/auth/signup', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit)

function person() {
  const name = uniqueName()
  return { username: name, email: `${name}@example.org`, password: PASSWORD }
}
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]))
const padded = (bytes: number) => JSON.stringify(person()).padEnd(bytes, ' ')

/** A body of unknown length; `taken` tells how many of its chunks were asked for. */
function stream(chunk: string, chunks: number) {
  const bytes = new TextEncoder().encode(chunk)
  const state = { taken: 0, isCancelled: false }
  const body = new ReadableStream({
    pull(controller) {
      if (state.taken++ < chunks) controller.enqueue(bytes)
      else controller.close()
    },
    cancel() {
      state.isCancelled = true
    },
  })
  return { body, state }
}

describe('the size is what arrives, whatever was declared', () => {
  it.each([
    ['none', {}],
    ['a length of 2', { 'content-length': '2' }],
    ['a length of -1', { 'content-length': '-1' }],
    ['chunked', { 'transfer-encoding': 'chunked' }],
  ])('declared: %s', async (_what, headers) => {
    expect((await send(padded(LIMIT), headers)).status).toBe(201)
    await expectProblem(await send(padded(LIMIT + 1), headers), 'payload_too_large')
  })

  it('counts bytes, not characters', async () => {
    const body = JSON.stringify({ ...person(), password: '🦊'.repeat(LIMIT / 4) })
    expect(body.length).toBeLessThan(LIMIT)
    await expectProblem(await send(body), 'payload_too_large')
  })

  it('stops reading a stream that does not end', async () => {
    const endless = stream(' '.repeat(1024), 100_000)
    await expectProblem(await send(endless.body), 'payload_too_large')
    expect(endless.state.taken).toBeLessThan(40)
  })

  it('takes a body in pieces, even where a character is cut in two', async () => {
    const body = new TextEncoder().encode(JSON.stringify({ ...person(), password: 'pâssé🦊-42' }))
    const pieces = new ReadableStream({
      start(controller) {
        for (const byte of body) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    expect((await send(pieces)).status).toBe(201)
  })
})

describe('media types', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf-8',
    'application/json\t;\tcharset=utf-8\t',
    'application/json;',
    'application/json ; ; charset="UTF-8" ;',
    'application/json; charset=utf8',
    'APPLICATION/JSON; CHARSET="UTF\\-8"',
    'application/json; charset=utf-8; x=y',
    'application/json; x="a;charset=utf-16"',
  ])('%s is taken', async (type) => {
    expect((await send(JSON.stringify(person()), { 'content-type': type })).status).toBe(201)
  })

  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/vnd.api+json',
    'application/jsonp',
    'application/json, text/plain',
    'text/plain; application/json',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-7; charset=utf-8',
    'application/json; x="a\\";charset=utf-8"; charset=utf-16',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset=""',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8 utf-16',
    'application/json charset=utf-8',
    'application/json/x',
    'application',
    '*/*',
  ])('%s is 415, whatever the body', async (type) => {
    for (const body of [JSON.stringify(person()), '{', padded(LIMIT + 1)]) {
      await expectProblem(await send(body, { 'content-type': type }), 'unsupported_media_type')
    }
  })

  it('none is 415', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(person()))
    const answer = await t.request('/auth/signup', { method: 'POST', body: bytes })
    await expectProblem(answer, 'unsupported_media_type')
  })

  it('a body that is not encoded may say so in any case', async () => {
    for (const encoding of ['identity', 'Identity']) {
      const answer = await send(JSON.stringify(person()), { 'content-encoding': encoding })
      expect(answer.status).toBe(201)
    }
  })

  it.each(['gzip', 'br', 'deflate', 'zstd', 'x-gzip', 'gzip, identity'])(
    'a body compressed by %s is 415, however small',
    async (encoding) => {
      const body = JSON.stringify(person())
      await expectProblem(
        await send(body, { 'content-encoding': encoding }),
        'unsupported_media_type',
      )
    },
  )

  it('a compressed body is not opened', async () => {
    const packed = new Blob([padded(LIMIT)]).stream().pipeThrough(new CompressionStream('gzip'))
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer())
    await expectProblem(await send(bytes), 'malformed_json')
  })
})

describe('what is not JSON is 400', () => {
  it.each<[string, Sent]>([
    ['nothing', ''],
    ['no body at all', null],
    ['spaces', '   '],
    ['half an object', '{"username":'],
    ['single quotes', "{'username':'ada'}"],
    ['a comma last', '{"username":"ada",}'],
    ['a comment', '{/* */}'],
    ['NaN', '{"username":NaN}'],
    ['two values', '{}{}'],
    ['a raw line break in a string', '{"username":"a\nb"}'],
    ['a form', 'username=ada&password=x'],
    ['XML', '<user/>'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ['an overlong slash', new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
    ['brackets that nobody closes', '['.repeat(8)],
    ['braces that nobody closes', '{"a":'.repeat(8)],
  ])('%s', async (_what, body) => {
    const { detail } = await expectProblem(await send(body), 'malformed_json')
    // The parser's own words would quote the body.
    expect(detail).toBe('The body is not valid JSON.')
  })
})

describe('JSON that is no object of ours is 422', () => {
  const missing = ['/email required', '/password required', '/username required']
  it.each<[string, string, string[] | undefined]>([
    ['{}', '{}', missing],
    ['null', 'null', undefined],
    ['true', 'true', undefined],
    ['a number', '1e999', undefined],
    ['a text', '"ada"', undefined],
    ['an array', '[]', undefined],
    ['an array of one', `[${JSON.stringify(person())}]`, undefined],
    ['eight levels', nested(8), undefined],
    [
      'eight levels of which one is ours',
      `{"username":${nested(7)}}`,
      ['/email required', '/password required', '/username invalid_type'],
    ],
    ['brackets and commas in a text', JSON.stringify({ ['\\"[{,'.repeat(200)]: 1 }), undefined],
  ])('%s', async (_what, body, expected) => {
    const fields = await refusedFields(await send(body))
    if (expected) expect(fields).toEqual(expected)
    else expect(fields.length).toBeGreaterThan(0)
  })
})

describe('JSON of a hostile shape is 400 before it is parsed', () => {
  const LEVELS = 'The body may have at most 8 levels of objects and arrays.'
  const MEMBERS = 'Each object and array of the body may have at most 100 members.'
  const ones = (count: number) => Array(count).fill(1)

  it.each<[string, string, string]>([
    ['nine levels', nested(9), LEVELS],
    ['nine levels of which one is ours', `{"username":${nested(8)}}`, LEVELS],
    ['8,000 levels', nested(8_000), LEVELS],
    ['levels that nobody closes', '{"a":'.repeat(3_000), LEVELS],
    ['levels behind a text that ends in a backslash', `{"\\\\":${nested(8)}}`, LEVELS],
    ['101 items', JSON.stringify(ones(101)), MEMBERS],
    ['101 items one level below', JSON.stringify({ username: ones(101) }), MEMBERS],
    ['5,000 commas', ','.repeat(5_000), MEMBERS],
    ['1,500 fields', JSON.stringify(fields(1_500)), MEMBERS],
  ])('%s', async (_what, body, detail) => {
    const parsed = vi.spyOn(JSON, 'parse')
    const answer = await send(body)
    const given = parsed.mock.calls.map(([text]) => text)
    parsed.mockRestore()
    expect((await expectProblem(answer, 'malformed_json')).detail).toBe(detail)
    expect(given).not.toContain(body)
  })

  it('a hundred items side by side, and again one level below, are none', async () => {
    const { errors } = await expectProblem(
      await send(JSON.stringify({ a: [ones(100), ones(100)], b: ones(100) })),
      'validation_failed',
    )
    expect(errors?.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/a', '/b']))
  })
})

it('a byte order mark is no part of the text', async () => {
  expect((await send(`\ufeff${JSON.stringify(person())}`)).status).toBe(201)
  await expectProblem(await send(`\ufeff\ufeff${JSON.stringify(person())}`), 'malformed_json')
})

it('as many unknown fields as there may be make no huge answer', async () => {
  const answer = await send(JSON.stringify(fields(100)))
  expect(answer.status).toBe(422)
  expect((await answer.text()).length).toBeLessThan(2 * LIMIT)
})
