import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Cell } from './backend.ts'
import { MAX_BYTES, refusal } from './errors.ts'
import { NumberText, numberText, parameter } from './parameters.ts'

export type Query = { text: string; params: Cell[]; arrayMode: boolean | undefined }
export type Payload = { batch: false; query: Query } | { batch: true; queries: Query[] }

/** Reads the whole body, so that the client receives the answer. Returns undefined if it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) chunks.length = 0
    else chunks.push(chunk)
  }
  return size > MAX_BYTES ? undefined : Buffer.concat(chunks)
}

type Revive = (key: string, value: unknown, context: { source: string }) => unknown

const revive: Revive = (key, value, { source }) => {
  const strings = typeof value === 'string' ? [key, value] : [key]
  if (!strings.every((text) => text.isWellFormed())) {
    throw new SyntaxError('lone surrogate in hex escape')
  }
  if (typeof value !== 'number') return value
  numberText(source)
  return new NumberText(source)
}

function parse(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
  } catch (error) {
    throw refusal.badBody(error instanceof Error ? error.message : 'invalid JSON')
  }
}

function readQuery(value: unknown): Query | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { query, params = [], arrayMode = null } = value as Record<string, unknown>
  if (typeof query !== 'string' || !Array.isArray(params)) return undefined
  if (arrayMode !== null && typeof arrayMode !== 'boolean') return undefined
  return { text: query, params: params.map(parameter), arrayMode: arrayMode ?? undefined }
}

/** Reads a body as a single query, or else as a batch. Refuses anything else. */
export function readPayload(bytes: Buffer | undefined): Payload {
  if (!bytes) throw refusal.requestTooLarge()
  const body = parse(bytes)
  const query = readQuery(body)
  if (query) return { batch: false, query }
  const items = (body as { queries?: unknown } | null)?.queries
  const queries = Array.isArray(items) ? items.map(readQuery) : [undefined]
  const complete = queries.filter((item) => item !== undefined)
  if (complete.length === queries.length) return { batch: true, queries: complete }
  throw refusal.badBody('data did not match any variant of untagged enum Payload')
}
