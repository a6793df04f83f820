import { neon, neonConfig } from '@neondatabase/serverless'

export type Started = { url: string; connectionString: string; close(): Promise<void> }
export type Reply = { status: number; headers: Headers; body: Record<string, unknown> }
type Headings = Record<string, string | undefined>

const isRaw = (body: unknown) => typeof body === 'string' || body instanceof Uint8Array

/** The most a request, or the rows of an answer, may hold. */
export const LIMIT = 10_485_760

/** Asks an endpoint by bare HTTP and through the real driver; the tests' only way to it. */
export function clientOf(endpoint: () => Started) {
  const post = async (body: unknown, headings: Headings = {}): Promise<Reply> => {
    const headers = new Headers()
    const sent = { 'Neon-Connection-String': endpoint().connectionString, ...headings }
    for (const [name, value] of Object.entries(sent)) if (value) headers.set(name, value)
    const response = await fetch(endpoint().url, {
      method: 'POST',
      headers,
      body: (isRaw(body) ? body : JSON.stringify(body)) as BodyInit,
    })
    const { status } = response
    const received = (await response.json()) as Reply['body']
    return { status, headers: response.headers, body: received }
  }
  return {
    endpoint,
    post,
    one: async (query: string, params: unknown[] = [], headings: Headings = {}) =>
      (await post({ query, params }, { 'Neon-Array-Mode': 'true', ...headings })).body,
    url: (change: (url: URL) => void) => {
      const changed = new URL(endpoint().connectionString)
      change(changed)
      return changed.href
    },
    sql: () => {
      neonConfig.fetchEndpoint = endpoint().url
      return neon(endpoint().connectionString, { fullResults: true })
    },
  }
}

export type Client = ReturnType<typeof clientOf>
