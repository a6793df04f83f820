import { NetworkError, readAuthError } from './errors.ts'

/** A POST of JSON, or of nothing. */
export function postRequest(url: URL, body?: object): Request {
  if (body === undefined) return new Request(url, { method: 'POST' })
  const headers = { 'content-type': 'application/json' }
  return new Request(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The answer, unless the server refused. */
export async function throwIfRefused(pending: Promise<Response>): Promise<Response> {
  const response = await pending
  if (!response.ok) throw await readAuthError(response)
  return response
}

/** The JSON of an answer that is no refusal. */
export async function readJson<T>(pending: Promise<Response>): Promise<T> {
  const response = await throwIfRefused(pending)
  return response.json().catch((cause) => Promise.reject(new NetworkError(cause)))
}
