import fc from 'fast-check'
import { HOSTILE_TEXTS, hostileText, jsonText, rightJson, WORDS, worstJson } from './fuzz-json.ts'
import { type Document, exampleOf, permissionOf, type Route, resolved } from './openapi.ts'
import { filled } from './path-params.ts'

/** Which token a request brings: one of the person who asks, or one that is none. */
export type Bearer = { is: 'access' | 'refresh' | 'none' } | { is: 'text'; text: string }

export type FuzzRequest = {
  method: string
  /** From the slash on. */
  target: string
  headers: [string, string][]
  bearer: Bearer
  body: string | Uint8Array<ArrayBuffer> | undefined
}

export type Target = {
  method: string
  path: string
  /** Which token the route wants. */
  token?: 'access' | 'refresh' | undefined
  /** True if it wants that of somebody with a permission. */
  isForAdmins?: boolean
  /** The fields of its body, with the document's examples. */
  fields?: Record<string, unknown>
  form?: true
}

const ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']
const FORM = 'application/x-www-form-urlencoded'
const MEDIA_TYPES = [
  ...['text/plain', 'application/xml', FORM, 'multipart/form-data; boundary=x', '*/*', ';', ''],
  ...['application/json; charset=utf-16', 'application/json;', 'APPLICATION/JSON;charset="utf-8"'],
  `application/json${';a=b'.repeat(500)}`,
]

const ascii = fc.string({ maxLength: 60 })

/** Headers that something here reads, with values that somebody may send. */
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      ...['x-request-id', 'origin', 'host', 'accept', 'accept-language', 'user-agent', 'cookie'],
      ...['x-forwarded-for', 'forwarded', 'cf-connecting-ip', 'sec-fetch-site', 'sec-fetch-mode'],
      ...['content-encoding', 'content-length', 'transfer-encoding', 'expect', 'range', 'if-match'],
      ...['x-http-method-override', 'access-control-request-method', 'traceparent', 'via'],
    ),
    ascii,
  ),
  fc.constantFrom<[string, string]>(
    ...([
      ['origin', 'https://app.example.org'],
      ['origin', 'null'],
      ['accept', 'text/html'],
      ['accept', `${'text/html;q=0.1,'.repeat(500)}*/*`],
      ['accept-language', `de${',de-at;q=0.9'.repeat(500)}`],
      ['content-encoding', 'gzip'],
      ['content-length', '99999999999999999999'],
      ['content-length', '-1'],
      ['sec-fetch-site', 'cross-site'],
      ['sec-fetch-site', 'none'],
      ['x-test-address', '127.0.0.1'],
      ['user-agent', 'Mozilla/5.0 '.repeat(200)],
      ['x-padding', 'x'.repeat(9_000)],
    ] satisfies [string, string][]),
  ),
)

const otherBearer: fc.Arbitrary<Bearer> = fc.oneof(
  fc.constantFrom<Bearer>({ is: 'access' }, { is: 'refresh' }, { is: 'none' }),
  fc
    .oneof(
      ascii,
      ascii.map((text) => `Bearer ${text}`),
      fc.constantFrom('Bearer', 'Bearer  ', 'Basic YTpi', 'bearer a.b.c', 'Bearer ..'),
      fc.constantFrom(`Bearer ${'a'.repeat(9_000)}.b.c`, `Bearer${' '.repeat(9_000)}!`),
    )
    .map((text): Bearer => ({ is: 'text', text })),
)

const query = fc.oneof(
  { weight: 10, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.webQueryParameters().map((text) => `?${text}`),
      fc.constantFrom('?', '?token', '?token=%', '?token=%ff&token=a', '?to=%00', '?__proto__=1'),
      fc.constantFrom(`?${'a&'.repeat(3_000)}`, `?token=${'x'.repeat(9_000)}`),
      hostileText.map((text) => `?token=${encodeURIComponent(text.toWellFormed())}`),
    ),
  },
)

/** One part of a path, as somebody may write it who tries what a router makes of it. */
const hostileSegment = fc.oneof(
  fc.constantFrom(
    ID,
    ID.toUpperCase(),
    `${ID}%00`,
    '%2e%2e',
    '%2f',
    '..;',
    '%',
    '%ff',
    '%c0%af',
    '*',
  ),
  fc.constantFrom('\\', ':id', '{id}', '-', 'x'.repeat(5_000), '%25'.repeat(900), '\u202e'),
  fc.webSegment(),
  hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
)
const segmentFor = (right: string) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(right) }, { weight: 4, arbitrary: hostileSegment })

/** The names of the parameters of a path. */
const namesIn = (path: string) => Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name)
/** Stands for what only the run knows of a path, such as an id. */
const wordFor = (name: string) => `@@path ${name}@@`

/** Puts what was made for a path into the words of a target. Whatever has no value of its own is `other`. */
export function withPathValues(target: string, values: Record<string, string>, other: string) {
  return target.replace(/@@path (\w+)@@/g, (_, name: string) => values[name] ?? other)
}

function pathOf(path: string): fc.Arbitrary<string> {
  const known = fc
    .tuple(...namesIn(path).map((name) => segmentFor(wordFor(name))))
    .map((texts) =>
      filled(path, Object.fromEntries(namesIn(path).map((name, at) => [name, texts[at] ?? '']))),
    )
  const bent = segmentFor(WORDS.session).chain((text) =>
    fc.constantFrom(
      `/${path}`,
      `${path}/`,
      `${path}/${text}`,
      `/${text}${path}`,
      `${path}/../${text}`,
    ),
  )
  return fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: bent })
}

const formText = fc
  .array(fc.tuple(fc.constantFrom('token', 'new_password', '__proto__', 'a[b]', ''), hostileText), {
    maxLength: 5,
  })
  .map((pairs) => new URLSearchParams(pairs.map(([name, text]) => [name, text.toWellFormed()])))
  .map(String)

function bodyOf({ fields, form }: Target): fc.Arbitrary<FuzzRequest['body']> {
  const text = form ? formText : jsonText(fields ?? {})
  const bytes = fc.uint8Array({ maxLength: 64 }).map((some) => Uint8Array.from(some))
  const broken = fc
    .tuple(text, fc.nat(), fc.integer({ min: 0x80, max: 0xff }))
    .map(([one, at, byte]) => {
      const encoded = new TextEncoder().encode(one)
      if (encoded.length > 0) encoded[at % encoded.length] = byte
      return encoded
    })
  const right = form ? undefined : rightJson(fields ?? {})
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(right) },
    { weight: 12, arbitrary: text },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

/** Requests to one target: mostly such as it expects, and each with something that nobody should send. */
export function requestsTo(target: Target): fc.Arbitrary<FuzzRequest> {
  const expected = target.form ? FORM : 'application/json'
  return fc
    .record({
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(target.method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      path: pathOf(target.path),
      query,
      type: fc.oneof(
        { weight: 10, arbitrary: fc.constant(expected) },
        { weight: 1, arbitrary: fc.constantFrom(...MEDIA_TYPES) },
      ),
      headers: fc.oneof(
        { weight: 2, arbitrary: fc.constant<[string, string][]>([]) },
        { weight: 1, arbitrary: fc.array(header, { maxLength: 4 }) },
      ),
      bearer: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Bearer>({ is: target.token ?? 'none' }) },
        { weight: 1, arbitrary: otherBearer },
      ),
      body: bodyOf(target),
    })
    .map(({ method, path, query: search, type, headers, body, ...rest }) => ({
      ...{ method, ...rest },
      target: path + search,
      headers: [['content-type', type] as [string, string], ...headers],
      body: method === 'GET' || method === 'HEAD' ? undefined : body,
    }))
}

/** Requests that differ from a right one in one thing, which is as bad as it may be. They begin every run. */
export function worstTo(target: Target): FuzzRequest[] {
  const { method, path, token, fields, form } = target
  const words = Object.fromEntries(namesIn(path).map((name) => [name, wordFor(name)]))
  const right: FuzzRequest = {
    ...{ method, target: filled(path, words), bearer: { is: token ?? 'none' } },
    headers: [['content-type', form ? FORM : 'application/json']],
    body: fields && rightJson(fields),
  }
  const escaped = HOSTILE_TEXTS.map((text) => encodeURIComponent(text.toWellFormed()))
  const inQuery = escaped.slice(0, method === 'GET' ? undefined : 1)
  const targets =
    namesIn(path).length > 0
      ? namesIn(path).flatMap((name) =>
          escaped.map((text) => filled(path, { ...words, [name]: text })),
        )
      : inQuery.map((text) => `${path}?token=${text}`)
  const bodies = fields ? worstJson(fields) : form ? escaped.map((text) => `token=${text}`) : []
  return [
    right,
    ...targets.map((worst) => ({ ...right, target: worst })),
    ...bodies.map((body) => ({ ...right, body })),
  ]
}

/** What requests to a documented route are made of. */
export function targetOf(document: Document, route: Route): Target {
  const { method, path, requestBody, security } = route
  const [scheme] = Object.keys(security?.[0] ?? {})
  const token = scheme && (scheme === 'access_token' ? 'access' : 'refresh')
  const isForAdmins = permissionOf(route) !== undefined
  const target: Target = { method, path, isForAdmins, ...(token && { token }) }
  const schema = requestBody?.content['application/json']?.schema
  if (!schema) return target
  const { properties = {} } = resolved(document, schema) as { properties?: object }
  const fields = Object.entries(properties).map(([name, one]) => [name, exampleOf(document, one)])
  return { ...target, fields: Object.fromEntries(fields) }
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** How many requests a route is sent, and the seed that decides which (vitest.config.ts). */
    fuzz: { runs: number; seed: number }
  }
}
