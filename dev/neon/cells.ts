import pg from 'pg'
import { refusal } from './errors.ts'

type ToJson = (text: string) => string

const quoted: ToJson = (text) => JSON.stringify(text)
const asIs: ToJson = (text) => text
const finite: ToJson = (text) => (/^-?[\d.]/.test(text) ? text : quoted(text))

/** The types whose text does not become a JSON string. */
const SCALARS: Record<number, ToJson> = {
  16: (text) => String(text === 't'),
  21: asIs,
  23: asIs,
  114: asIs,
  700: finite,
  701: finite,
  3802: asIs,
}

/** Common types that are not arrays, so that most answers need no query of the catalogue. */
const PLAIN = new Set([17, 18, 19, 20, 25, 26, 705, 1042, 1043, 1082, 1083, 1114, 1184, 1186])
for (const type of [1266, 1700, 2249, 2278, 2950]) PLAIN.add(type)

/** True if only the catalogue tells whether the type is an array. */
export const isUnknown = (type: number): boolean => !(type in SCALARS) && !PLAIN.has(type)

/** The driver's own reader of arrays, which has wrong types. */
const { create: arrayReader } = pg.types.arrayParser as unknown as {
  create: (text: string, element: ToJson) => { parse: () => unknown[] }
}

const nested = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(nested).join(',')}]` : ((value as string | null) ?? 'null')

const arrayOf =
  (element: ToJson): ToJson =>
  (text) => {
    // int2vector and similar types are arrays in the catalogue but do not print as arrays.
    if (!/^(?:\[[^=]*\]=)?\{/.test(text)) throw refusal.unreadable()
    return nested(arrayReader(text, element).parse())
  }

/** Returns the function that writes a type's text as JSON, given the element types of arrays. */
export function typedCell(type: number, elements: ReadonlyMap<number, number>): ToJson {
  const element = elements.get(type)
  if (element !== undefined) return arrayOf(SCALARS[element] ?? quoted)
  return SCALARS[type] ?? quoted
}

/** Writes a cell exactly as Postgres printed it. */
export const rawCell: ToJson = quoted
