import { parameterText, parserOf } from './values.ts'
import { type Answer, extendedQuery, type Outcome, readAnswer, simpleQuery } from './wire.ts'

export type Row = Record<string, unknown>
export type Rows<T> = {
  rows: T[]
  fields: { name: string; dataTypeID: number }[]
  command: string
  rowCount: number | undefined
  affectedRows: number
}
export type Shape = { rowMode?: 'array' | 'object' }

export type Session = {
  /** Runs one statement; parameters go as text, dates, times, numeric and int8 come back as text. */
  query<T = Row>(text: string, params?: readonly unknown[], shape?: Shape): Promise<Rows<T>>
  /** Runs a script of several statements, in one implicit transaction. */
  exec(text: string): Promise<Rows<Row>[]>
  /** Sends wire-protocol messages ending in Sync and gives the bytes of the answer. */
  raw(bytes: Uint8Array): Promise<Uint8Array>
}

type Raw = Session['raw']

const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY'])

function shaped<T>({ fields, rows, tag }: Outcome, { rowMode }: Shape): Rows<T> {
  const parsers = fields.map((field) => parserOf(field.dataTypeID))
  const parsed = rows.map((row) =>
    row.map((cell, at) => (cell === null ? null : parsers[at]?.(cell))),
  )
  const named = (row: unknown[]) =>
    Object.fromEntries(fields.map(({ name }, at) => [name, row[at]] as const))
  const words = tag.split(' ')
  const command = words[0] ?? ''
  const count = Number.parseInt(words.at(-1) ?? '', 10)
  return {
    rows: (rowMode === 'array' ? parsed : parsed.map(named)) as T[],
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    command,
    rowCount: Number.isNaN(count) ? undefined : count,
    affectedRows: CHANGES.has(command) ? count : 0,
  }
}

function checked(answer: Answer): Outcome[] {
  if (answer.error) throw answer.error
  if (answer.copied) throw new Error('COPY to or from the client is not supported')
  return answer.outcomes
}

const NOTHING: Outcome = { fields: [], rows: [], tag: '' }

/** Builds a session on a raw connection; an answer that breaks off calls `onWreck`, because the
 * engine behind it can no longer be trusted. */
export function createSession(
  send: Raw,
  onWreck: () => Promise<unknown>,
): Session & { settle(): Promise<void> } {
  let status: string | undefined = 'I'
  const exchange = async (bytes: Uint8Array) => {
    status = 'I'
    const reply = await send(bytes)
    // ReadyForQuery is always the last message, its last byte the transaction's state.
    const ready = reply.at(-6) === 0x5a && reply.at(-2) === 5
    if (!ready) {
      await onWreck()
      throw new Error('The embedded database gave no complete answer')
    }
    status = String.fromCharCode(reply.at(-1) ?? 0)
    return reply
  }
  return {
    raw: exchange,
    async query<T>(text: string, params: readonly unknown[] = [], shape: Shape = {}) {
      const reply = await exchange(extendedQuery(text, params.map(parameterText)))
      return shaped<T>(checked(readAnswer(reply))[0] ?? NOTHING, shape)
    },
    async exec(text) {
      const reply = await exchange(simpleQuery(text))
      return checked(readAnswer(reply)).map((outcome) => shaped<Row>(outcome, {}))
    },
    async settle() {
      if (status !== 'I') await exchange(simpleQuery('ROLLBACK'))
    },
  }
}
