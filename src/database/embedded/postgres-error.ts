import type { Buffer } from 'node:buffer'

const NAMES = {
  M: 'message',
  C: 'code',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internalPosition',
  q: 'internalQuery',
  S: 'severity',
  W: 'where',
  t: 'table',
  c: 'column',
  s: 'schema',
  d: 'dataType',
  n: 'constraint',
  F: 'file',
  L: 'line',
  R: 'routine',
} as const

export type ErrorField = (typeof NAMES)[keyof typeof NAMES]
export type ErrorFields = Partial<Record<ErrorField, string | undefined>>

const isKnown = (letter: string): letter is keyof typeof NAMES => letter in NAMES

/** Decodes the body of an ErrorResponse into the fields that Postgres filled in. */
export function readErrorFields(body: Buffer): ErrorFields {
  const fields: ErrorFields = {}
  for (let at = 0; body[at]; ) {
    const letter = String.fromCharCode(body.readUInt8(at))
    const end = body.indexOf(0, at + 1)
    if (isKnown(letter)) fields[NAMES[letter]] = body.toString('utf8', at + 1, end)
    at = end + 1
  }
  return fields
}

/** An error that Postgres reported, with every field it sent (`code`, `constraint`, `detail`, …). */
export class PostgresError extends Error {
  declare readonly code: string
  declare readonly severity: string | undefined
  declare readonly detail: string | undefined
  declare readonly hint: string | undefined
  declare readonly position: string | undefined
  declare readonly internalPosition: string | undefined
  declare readonly internalQuery: string | undefined
  declare readonly where: string | undefined
  declare readonly schema: string | undefined
  declare readonly table: string | undefined
  declare readonly column: string | undefined
  declare readonly dataType: string | undefined
  declare readonly constraint: string | undefined
  declare readonly file: string | undefined
  declare readonly line: string | undefined
  declare readonly routine: string | undefined

  constructor({ message, ...fields }: ErrorFields) {
    super(message ?? 'unknown Postgres error')
    this.name = 'PostgresError'
    Object.assign(this, { code: '' }, fields)
  }
}
