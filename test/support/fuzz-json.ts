import fc from 'fast-check'
import { PASSWORD } from './app.ts'

/** Words for what only the run knows. They are replaced when a request is sent, so that the corpus stays the same. */
export const WORDS = {
  username: '@@username@@',
  email: '@@email@@',
  unused: '@@unused@@',
  session: '@@session@@',
}

/** What a route may find right in a field of this name, the likeliest first; of other fields the document's example is. */
const RIGHT: Record<string, unknown[]> = {
  username: [WORDS.unused, WORDS.username],
  email: [`${WORDS.unused}@example.org`, WORDS.email],
  new_email: [`${WORDS.unused}@example.org`, WORDS.email],
  username_or_email: [WORDS.username, WORDS.email, WORDS.unused],
  password: [PASSWORD, `not ${PASSWORD}`],
  current_password: [PASSWORD, `not ${PASSWORD}`],
  new_password: [`not ${PASSWORD}`, PASSWORD],
  name: [WORDS.unused],
  roles: [[]],
}

/** What has confused some program: a parser, a database, a canonical form, a prototype. */
export const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udc00@example.org',
  '__proto__',
  "' or 1=1 --",
  '%00%ff',
  '{{7*7}}#{7*7}',
  '<script>alert(1)</script>',
  'a\r\nBcc: eve@example.org',
  'ﬁ\u0130\u017f\u212a',
  '\ufdfa'.repeat(64),
  'e\u0301'.repeat(400),
  `e${'\u0301'.repeat(900)}`,
  '👩‍👩‍👧‍👦'.repeat(32),
  '\u202e\u200b\ufeff\u00ad',
  'ada＠example.org',
  'a@b',
  '"a b"@example.org',
  'ada@[127.0.0.1]',
  'ada@xn--a',
  `ada@${'a.'.repeat(120)}org`,
  `${'a'.repeat(64)}@example.org`,
  'ada@exa\u00admple.org',
  'x'.repeat(1_024),
  'x'.repeat(1_025),
  'eyJhbGciOiJub25lIn0.e30.',
]
/** Any text, and the worst ones often. */
export const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
)

/** As they are written, for no value says `1e999` or `-0`. */
const HOSTILE_SCALARS = [
  ...['null', 'true', 'false', '0', '-0', '1e999', '-1e999', '1e-999', '1.5', '9007199254740993'],
  ...['1'.repeat(400), `0.${'0'.repeat(400)}1`, '"\\ud800"', '"\\u0000"', '"\\/\\b"'],
]
const scalar = fc.oneof(
  { weight: 3, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_SCALARS) },
)
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', '', 'a/b~c', 'id'),
  hostileText,
)

function objectOf(member: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(member, { maxLength: 6 }).map((members) => `{${members.join(',')}}`)
}
const memberOf = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(name, value).map(([one, text]) => `${JSON.stringify(one)}:${text}`)

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    objectOf(memberOf(key, tie('value'))),
  ),
}))

/** At and around what the gate lets through, far above it, and what is no JSON at all. */
const SHAPES = [
  ...[1, 8, 9, 100, 101, 3_000].flatMap((count) => [
    `${'['.repeat(count)}1${']'.repeat(count)}`,
    `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`,
    '['.repeat(count),
    `{"a":[${Array(count).fill('0').join(',')}]}`,
    `{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join(',')}}`,
    `{${Array(count).fill('"__proto__":{}').join(',')}}`,
  ]),
  ...['', ' ', '{', 'NaN', "{'a':1}", '{}{}', '\ufeff{}', ' '.repeat(16_384), 'x'.repeat(16_385)],
  `"${'é'.repeat(8_192)}"`,
]

/** An object with most of the fields that a route knows, right, hostile or twice, and perhaps with others. */
function knownObject(fields: Record<string, unknown>): fc.Arbitrary<string> {
  const members = Object.entries(fields).map(([name, example]) => {
    const right = fc.constantFrom(...(RIGHT[name] ?? [example])).map((one) => JSON.stringify(one))
    const once = memberOf(
      fc.constant(name),
      fc.oneof({ weight: 3, arbitrary: right }, { weight: 1, arbitrary: value }),
    )
    const twice = fc.tuple(once, once).map((both) => both.join(','))
    return fc.oneof({ weight: 8, arbitrary: once }, { weight: 1, arbitrary: twice })
  })
  const others = fc.oneof(
    { weight: 4, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.array(memberOf(key, value), { maxLength: 3 }) },
  )
  return fc
    .tuple(fc.subarray(members, { minLength: Math.max(0, members.length - 1) }), others)
    .chain(([chosen, more]) =>
      fc.tuple(...chosen).map((texts) => `{${[...texts, ...more].join(',')}}`),
    )
}

/** The text that lets a route do what it is for, unless it wants the token of a link. */
export function rightJson(fields: Record<string, unknown>): string {
  const right = Object.entries(fields).map(([name, example]) => [name, RIGHT[name]?.[0] ?? example])
  return JSON.stringify(Object.fromEntries(right))
}

/** Each of the worst values in each field, the others right, and texts of the worst shapes. */
export function worstJson(fields: Record<string, unknown>): string[] {
  const worst = [...HOSTILE_TEXTS.map((text) => JSON.stringify(text)), ...HOSTILE_SCALARS]
  const right = rightJson(fields)
  const ofFields = Object.keys(fields).flatMap((name) => {
    const others = { ...JSON.parse(right), [name]: '@@worst@@' }
    return worst.map((text) => JSON.stringify(others).replace('"@@worst@@"', () => text))
  })
  return [...ofFields, ...SHAPES]
}

/** Texts that a route with these fields, and their examples, may be sent as JSON. */
export function jsonText(fields: Record<string, unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: knownObject(fields) },
    { weight: 2, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(...SHAPES) },
  )
}
