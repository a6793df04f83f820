import { Buffer } from 'node:buffer'
import type { Cell } from './wire.ts'

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

function arrayText(items: readonly unknown[]): string {
  const element = (item: unknown) => {
    if (Array.isArray(item)) return arrayText(item)
    const text = parameterText(item)
    return text === null ? 'NULL' : quoted(text)
  }
  return `{${items.map(element).join(',')}}`
}

/** Turns a JavaScript value into the text Postgres takes for it, without knowing the column's type. */
export function parameterText(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return arrayText(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

type Parse = (text: string) => unknown

// What drizzle maps itself (dates, times, intervals, numeric) stays text; int8 too, as Neon and
// pg give it, so that the three databases cannot differ.
const SCALARS: Record<number, Parse> = {
  16: (text) => text === 't',
  17: (text) => Buffer.from(text.slice(2), 'hex'),
  21: Number,
  23: Number,
  26: Number,
  114: (text) => JSON.parse(text),
  700: Number,
  701: Number,
  3802: (text) => JSON.parse(text),
}

/** Array type → element type, for the built-in types that are read as JavaScript arrays. */
const ELEMENTS: Record<number, number> = {
  ...{ 1000: 16, 1001: 17, 1005: 21, 1007: 23, 1028: 26, 199: 114, 1021: 700, 1022: 701 },
  ...{ 3807: 3802, 1002: 18, 1003: 19, 1009: 25, 1014: 1042, 1015: 1043, 1016: 20, 2951: 2950 },
}

const TOKEN = /\{|\}|,|"(?:[^"\\]+|\\.)*"|[^{},"]+/gs

/** Reads Postgres' array text, nested arrays included, giving each element to `parse`. */
export function parseArray(text: string, parse: Parse = (element) => element): unknown[] {
  const root: unknown[] = []
  const stack = [root]
  // Lower bounds, as in `[0:1]={1,2}`, come before the first brace.
  for (const [token] of text.slice(text.indexOf('{')).matchAll(TOKEN)) {
    const top = stack.at(-1)
    if (token === '{') {
      const inner: unknown[] = []
      top?.push(inner)
      stack.push(inner)
    } else if (token === '}') stack.pop()
    else if (token.startsWith('"')) top?.push(parse(token.slice(1, -1).replace(/\\(.)/gs, '$1')))
    else if (token !== ',') top?.push(token === 'NULL' ? null : parse(token))
  }
  return root[0] as unknown[]
}

/** Gives the function that turns a type's text into the JavaScript value the application sees. */
export function parserOf(dataTypeID: number): Parse {
  const element = ELEMENTS[dataTypeID]
  if (element !== undefined) return (text) => parseArray(text, SCALARS[element])
  return SCALARS[dataTypeID] ?? ((text) => text)
}
