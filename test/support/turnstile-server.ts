import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'
import { TURNSTILE_KEY } from './turnstile-key.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where tokens are checked as Cloudflare's siteverify does. */
    turnstileUrl: string
  }
}

/** What is said of a token: `human-…` is good once, `silent-…` and `broken-…` are not answered as they should be. */
export async function startTurnstile() {
  const used = new Set<string>()
  const asked = new Map<string, Record<string, string>[]>()
  const answer = (response: ServerResponse, content: object, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(content))
  }
  const refuse = (response: ServerResponse, code: string) =>
    answer(response, { success: false, 'error-codes': [code], messages: [] })

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (pathname === '/asked')
      return answer(response, asked.get(searchParams.get('of') ?? '') ?? [])
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    const { secret, response: token = '' } = form
    asked.set(token, [...(asked.get(token) ?? []), form])
    if (token.startsWith('silent-')) return
    if (token.startsWith('broken-')) return answer(response, { success: true }, 500)
    if (secret !== TURNSTILE_KEY) return refuse(response, 'invalid-input-secret')
    if (used.has(token)) return refuse(response, 'timeout-or-duplicate')
    if (!token.startsWith('human-')) return refuse(response, 'invalid-input-response')
    used.add(token)
    const challenge_ts = new Date().toISOString()
    answer(response, { success: true, 'error-codes': [], challenge_ts, hostname: 'localhost' })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/siteverify`,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Starts one for a project's tests, and gives what ends it. */
export async function provideTurnstile(project: TestProject): Promise<() => Promise<void>> {
  const { url, close } = await startTurnstile()
  project.provide('turnstileUrl', url)
  return close
}
