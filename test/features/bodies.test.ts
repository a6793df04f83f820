import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    ['16,000 brackets', '['.repeat(16_000)],
    ['16,000 braces', '{"a":'.repeat(3_000)],
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
    ['deep nesting', `${'['.repeat(8_000)}${']'.repeat(8_000)}`, undefined],
    [
      'deep nesting in a field',
      `{"username":${'['.repeat(8_000)}${']'.repeat(8_000)}}`,
      ['/email required', '/password required', '/username invalid_type'],
    ],
  ])('%s', async (_what, body, expected) => {
    const fields = await refusedFields(await send(body))
    if (expected) expect(fields).toEqual(expected)
    else expect(fields.length).toBeGreaterThan(0)
  })
})

it('a byte order mark is no part of the text', async () => {
  expect((await send(`\ufeff${JSON.stringify(person())}`)).status).toBe(201)
  await expectProblem(await send(`\ufeff\ufeff${JSON.stringify(person())}`), 'malformed_json')
})

it('thousands of unknown fields make no huge answer', async () => {
  const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`k${at}`, 1]))
  const answer = await send(JSON.stringify(many))
  expect(answer.status).toBe(422)
  expect((await answer.text()).length).toBeLessThan(2 * LIMIT)
})
