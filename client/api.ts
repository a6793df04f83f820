import { authErrorOf, NetworkError } from './errors.ts'

/** A POST of JSON, or of nothing. */
export function post(url: URL, body?: object): Request {
  if (body === undefined) return new Request(url, { method: 'POST' })
  const headers = { 'content-type': 'application/json' }
  return new Request(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Rejects with the server's refusal where it refused. */
export async function succeeded(pending: Promise<Response>): Promise<Response> {
  const response = await pending
  if (!response.ok) throw await authErrorOf(response)
  return response
}

/** The body of an answer that succeeded. */
export async function jsonOf<T>(pending: Promise<Response>): Promise<T> {
  const response = await succeeded(pending)
  return response.json().catch((cause) => Promise.reject(new NetworkError(cause)))
}
