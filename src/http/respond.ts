import type { Context } from 'hono'
import type { AppEnv } from './context.ts'

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream | null

/** Makes the one Response of a request, with the headers that every answer needs. */
export function respond(
  c: Context<AppEnv>,
  body: Body,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const requestId = c.get('requestId')
  return new Response(body, {
    status,
    headers: { ...c.get('responseHeaders'), 'x-request-id': requestId, ...headers },
  })
}
