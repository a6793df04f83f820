import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type Asked, LEAKED, PADDED } from './breaches.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The list of leaked passwords; each of its behaviours has a folder of its own. */
    breachServer: string
  }
}

const [LEAKED_HASH, PADDED_HASH] = [LEAKED, PADDED].map(sha1) as [string, string]

function sha1(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase()
}

type Behaviour = (prefix: string, response: ServerResponse) => void

/** As Pwned Passwords answers: hashes of others, and with padding. */
function rangeOf(prefix: string): string[] {
  const lines = Array.from(
    { length: 900 },
    (_, at) => `${sha1(`${prefix}${at}`).slice(5)}:${at + 1}`,
  )
  const own = [`${LEAKED_HASH}:21`, `${PADDED_HASH}:0`].filter((line) => line.startsWith(prefix))
  return [...lines, ...own.map((line) => line.slice(5))].sort()
}

const range =
  (edit: (lines: string[]) => string): Behaviour =>
  (prefix, response) =>
    response.end(edit(rangeOf(prefix)))

/** Each is a folder: BREACH_CHECK_URL is the server's address and the name. */
const BEHAVIOURS: Record<string, Behaviour> = {
  list: range((lines) => lines.join('\r\n')),
  'other-lines': range((lines) => `${lines.join('\n').toLowerCase()}\n`),
  hang: () => {},
  stall: (prefix, response) => response.write(`${rangeOf(prefix)[0]}\r\n`),
  cut: (_, response) => response.destroy(),
  'error-500': (prefix, response) => {
    response.statusCode = 500
    range((lines) => lines.join('\r\n'))(prefix, response)
  },
  elsewhere: (prefix, response) => {
    response.writeHead(307, { location: `/list/range/${prefix}` }).end()
  },
  page: (_, response) => response.end('<!doctype html><title>Log in</title>'),
  nothing: (_, response) => response.end(),
  flood: range((lines) => Array.from({ length: 20 }, () => lines.join('\r\n')).join('\r\n')),
}

/** A list of leaked passwords on 127.0.0.1. GET /asked tells what it was asked. */
export async function startBreachServer() {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    if (request.url === '/asked') return response.end(JSON.stringify(asked))
    const [, name = '', prefix = ''] =
      /^\/([\w-]+)\/range\/([\dA-F]{5})$/.exec(request.url ?? '') ?? []
    const behaviour = BEHAVIOURS[name]
    if (!behaviour) return response.writeHead(404).end()
    asked.push({ prefix, headers: request.headers })
    behaviour(prefix, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A global setup: one list for all files of a project. */
export default async function setup(project: TestProject) {
  const { url, close } = await startBreachServer()
  project.provide('breachServer', url)
  return close
}
