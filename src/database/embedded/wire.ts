import { Buffer } from 'node:buffer'
import { PostgresError, readErrorFields } from './postgres-error.ts'

export type Field = {
  name: string
  tableID: number
  columnID: number
  dataTypeID: number
  dataTypeSize: number
  dataTypeModifier: number
}
export type Cell = string | null
/** One statement's outcome; an empty statement has the tag `''`. */
export type Outcome = { fields: Field[]; rows: Cell[][]; tag: string }
export type Answer = {
  outcomes: Outcome[]
  error: PostgresError | undefined
  /** Idle, in a transaction, in a failed one, or undefined: the answer broke off. */
  status: 'I' | 'T' | 'E' | undefined
  /** The statement tried to copy to or from the client. */
  copied: boolean
}

const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const cstring = (text: string) => Buffer.from(`${text}\0`)

function message(type: string, ...parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4)
  return Buffer.concat([Buffer.from(type), int32(length), ...parts])
}

function bound(value: Cell): Buffer {
  if (value === null) return int32(-1)
  const bytes = Buffer.from(value)
  return Buffer.concat([int32(bytes.length), bytes])
}

// Outside COPY the server ignores CopyFail; inside, it is what ends the statement.
const END = Buffer.concat([message('f', cstring('COPY is not supported')), message('S')])

/** Encodes one statement with untyped text parameters as a complete extended-protocol exchange. */
export function extendedQuery(text: string, params: readonly Cell[]): Uint8Array {
  if (text.includes('\0')) throw new TypeError('a query must not contain U+0000')
  return Buffer.concat([
    message('P', cstring(''), cstring(text), int16(0)),
    message('D', Buffer.from('S'), cstring('')),
    message(
      'B',
      ...[cstring(''), cstring(''), int16(0), int16(params.length)],
      ...params.map(bound),
      int16(0),
    ),
    message('E', cstring(''), int32(0)),
    END,
  ])
}

/** Encodes a script of any number of statements for the simple protocol. */
export function simpleQuery(text: string): Uint8Array {
  if (text.includes('\0')) throw new TypeError('a script must not contain U+0000')
  return Buffer.concat([message('Q', cstring(text)), END])
}

function readFields(body: Buffer): Field[] {
  let at = 2
  return Array.from({ length: body.readUInt16BE(0) }, () => {
    const end = body.indexOf(0, at)
    const name = body.toString('utf8', at, end)
    at = end + 19
    return {
      name,
      tableID: body.readUInt32BE(end + 1),
      columnID: body.readInt16BE(end + 5),
      dataTypeID: body.readUInt32BE(end + 7),
      dataTypeSize: body.readInt16BE(end + 11),
      dataTypeModifier: body.readInt32BE(end + 13),
    }
  })
}

function readRow(body: Buffer): Cell[] {
  let at = 2
  return Array.from({ length: body.readUInt16BE(0) }, () => {
    const length = body.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    // Buffer's decoding keeps a leading U+FEFF, TextDecoder's drops it.
    return body.toString('utf8', at - length, at)
  })
}

/** Decodes everything the server sent for one exchange, keeping the first error. */
export function readAnswer(bytes: Uint8Array): Answer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const answer: Answer = { outcomes: [], error: undefined, status: undefined, copied: false }
  let open: Outcome = { fields: [], rows: [], tag: '' }
  const done = (tag: string) => {
    answer.outcomes.push({ ...open, tag })
    open = { fields: [], rows: [], tag: '' }
  }
  const readers: Record<string, (body: Buffer) => void> = {
    T: (body) => {
      open.fields = readFields(body)
    },
    D: (body) => open.rows.push(readRow(body)),
    C: (body) => done(body.toString('utf8', 0, body.length - 1)),
    I: () => done(''),
    E: (body) => {
      answer.error ??= new PostgresError(readErrorFields(body))
    },
    G: () => {
      answer.copied = true
    },
    H: () => {
      answer.copied = true
    },
    Z: (body) => {
      answer.status = body.toString('utf8') as 'I' | 'T' | 'E'
    },
  }
  for (let at = 0; at + 5 <= buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1)
    readers[String.fromCharCode(buffer.readUInt8(at))]?.(buffer.subarray(at + 5, end))
    at = end
  }
  return answer
}
