import { Buffer } from 'node:buffer'
import type { Field, Outcome, Run } from './backend.ts'
import type { Payload, Query } from './body.ts'
import { isUnknown, rawCell, typedCell } from './cells.ts'
import { MAX_BYTES, refusal } from './errors.ts'
import type { Options } from './request.ts'

/** The rest of the answer's maximum size, shared by all queries of a batch. */
type Budget = { left: number }

function command(tag: string): { name: string; count: number | null } {
  const [name = '', ...rest] = tag.split(' ')
  const count = name === 'INSERT' ? rest[1] : rest.join(' ')
  return { name, count: count && /^\d+$/.test(count) ? Number(count) : null }
}

/** Lower oids belong to Postgres itself and mean the same in every database. */
const FIRST_USER_OID = 16384
const builtIn = new Map<number, number>()

async function arrayElements(run: Run, fields: Field[]): Promise<Map<number, number>> {
  const elements = new Map(builtIn)
  const asked = fields
    .map(({ dataTypeID }) => dataTypeID)
    .filter((type) => isUnknown(type) && !elements.has(type))
  if (asked.length === 0) return elements
  const found = await run(
    `SELECT oid, typelem FROM pg_catalog.pg_type
     WHERE oid = ANY ($1::pg_catalog.oid[]) AND typcategory = 'A'`,
    [`{${asked.join(',')}}`],
    MAX_BYTES,
  )
  for (const [oid, element] of found.rows) {
    elements.set(Number(oid), Number(element))
    if (Number(oid) < FIRST_USER_OID) builtIn.set(Number(oid), Number(element))
  }
  return elements
}

function rowWriter(fields: Field[], arrayMode: boolean, cells: ((text: string) => string)[]) {
  const keys = fields.map(({ name }) => (arrayMode ? '' : `${JSON.stringify(name)}:`))
  const [open, close] = arrayMode ? '[]' : '{}'
  return (row: Outcome['rows'][number]) => {
    const parts = row.map((cell, at) => `${keys[at]}${cell === null ? 'null' : cells[at]?.(cell)}`)
    return `${open}${parts.join(',')}${close}`
  }
}

async function answer(run: Run, query: Query, options: Options, budget: Budget): Promise<string> {
  const arrayMode = query.arrayMode ?? options.arrayMode
  const { fields, rows, tag } = await run(query.text, query.params, budget.left)
  const elements = options.raw ? undefined : await arrayElements(run, fields)
  const cells = fields.map(({ dataTypeID }) =>
    elements ? typedCell(dataTypeID, elements) : rawCell,
  )
  const write = rowWriter(fields, arrayMode, cells)
  const written: string[] = []
  const header = JSON.stringify(fields.map((field) => ({ ...field, format: 'text' })))
  budget.left -= Buffer.byteLength(header)
  for (const row of rows) {
    if (budget.left < 0) throw refusal.responseTooLarge()
    const text = write(row)
    budget.left -= Buffer.byteLength(text) + 1
    written.push(text)
  }
  const { name, count } = command(tag)
  return (
    `{"fields":${header},"rows":[${written.join(',')}],` +
    `"command":${JSON.stringify(name)},"rowCount":${count},"rowAsArray":${arrayMode}}`
  )
}

async function batch(run: Run, queries: Query[], options: Options): Promise<string> {
  const budget = { left: MAX_BYTES }
  const results: string[] = []
  await run(options.begin, [], MAX_BYTES)
  try {
    for (const query of queries) results.push(await answer(run, query, options, budget))
  } catch (error) {
    // The first error is the answer, even if the rollback fails. The scrub repeats the rollback.
    await run('ROLLBACK', [], MAX_BYTES).catch(() => undefined)
    throw error
  }
  await run('COMMIT', [], MAX_BYTES)
  return `{"results":[${results.join(',')}]}`
}

/** Runs a payload in one session and returns the JSON of the whole answer. */
export function execute(run: Run, payload: Payload, options: Options): Promise<string> {
  if (payload.batch) return batch(run, payload.queries, options)
  return answer(run, payload.query, options, { left: MAX_BYTES })
}
