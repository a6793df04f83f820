import type { IncomingHttpHeaders } from 'node:http'
import type { Credentials } from './backend.ts'
import { EndpointError, refusal } from './errors.ts'

const ISOLATION: Record<string, string> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

export type Options = {
  raw: boolean
  arrayMode: boolean
  /** The statement that begins a batch. */
  begin: string
  /** The batch headers in force, which the answer to a batch repeats. */
  echo: Record<string, string>
}

const invalid = (why: string) => new EndpointError(400, why)

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('invalid username: invalid utf-8 sequence')
  }
}

function parsed(text: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    throw invalid('invalid connection string: relative URL without a base')
  }
  try {
    return new URL(text)
  } catch {
    const port = /:(?!\/\/)[^/@]*[^/@\d][^/@]*(?:\/|$)/.test(text.replace(/^.*@/s, ''))
    throw invalid(`invalid connection string: ${port ? 'invalid port number' : 'empty host'}`)
  }
}

/** Reads user, password and database from the connection string. Refuses as Neon does. */
export function readCredentials(headers: IncomingHttpHeaders): Credentials {
  const text = headers['neon-connection-string']
  if (typeof text !== 'string' || /[^\t\x20-\x7e]/.test(text)) {
    throw invalid('invalid header: neon-connection-string')
  }
  const url = parsed(text)
  if (!['postgres:', 'postgresql:'].includes(url.protocol)) throw invalid('incorrect scheme')
  if (!url.pathname.startsWith('/')) throw invalid('missing database name')
  const database = decoded(url.pathname.slice(1).split('/')[0] ?? '')
  const user = decoded(url.username)
  if (!user) throw invalid('missing username')
  if (headers.authorization !== undefined || !url.password) {
    throw invalid('missing authentication credentials: required password')
  }
  if (!url.hostname) throw invalid('missing hostname')
  return { user, password: decoded(url.password), database }
}

/** Reads the headers that decide the form of the answer and the transaction of a batch. */
export function readOptions(headers: IncomingHttpHeaders): Options {
  const isTrue = (name: string) => headers[name] === 'true'
  const level = headers['neon-batch-isolation-level']
  const isolation = typeof level === 'string' ? ISOLATION[level] : undefined
  if (level !== undefined && !isolation) throw refusal.badIsolation()
  const readOnly = isTrue('neon-batch-read-only')
  const deferrable = isTrue('neon-batch-deferrable')
  const modes = [
    ...(isolation ? [`ISOLATION LEVEL ${isolation}`] : []),
    ...(readOnly ? ['READ ONLY'] : []),
    ...(deferrable ? ['DEFERRABLE'] : []),
  ]
  return {
    raw: isTrue('neon-raw-text-output'),
    arrayMode: isTrue('neon-array-mode'),
    begin: `START TRANSACTION ${modes.join(', ')}`.trimEnd(),
    echo: {
      ...(typeof level === 'string' && { 'Neon-Batch-Isolation-Level': level }),
      ...(readOnly && { 'Neon-Batch-Read-Only': 'true' }),
      ...(deferrable && { 'Neon-Batch-Deferrable': 'true' }),
    },
  }
}
