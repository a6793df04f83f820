import { expect } from 'vitest'
import { FIELD_PROBLEMS, PROBLEMS, type ProblemCode } from '../../src/errors.ts'

export type ProblemBody = {
  type: string
  title: string
  status: number
  detail: string
  code: string
  request_id: string
  errors?: { pointer: string; code: string; detail: string }[]
}

/** What no answer may hold: words of the stack, the driver, the database or the file system. */
const INTERNAL = /\bat \w+ \(|node_modules|\.ts:\d|drizzle|postgres|select |insert |argon2|stack/i

/** Asserts that an answer is exactly one problem of the closed list, and gives its body. */
export async function expectProblem(response: Response, code: ProblemCode): Promise<ProblemBody> {
  const text = await response.text()
  expect(`${response.status} ${text}`).toContain(`${PROBLEMS[code].status} {`)
  const body = JSON.parse(text) as ProblemBody
  expect(body).toMatchObject({
    type: `urn:edge-auth:problem:${code}`,
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    code,
    request_id: response.headers.get('x-request-id'),
  })
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const { challenge = null, retryAfterSeconds, hasStepUp } = PROBLEMS[code]
  // What is to be proven stands behind it (RFC 9470).
  const challenged = response.headers.get('www-authenticate')
  expect(hasStepUp ? challenged?.split(', acr_values=')[0] : challenged).toBe(challenge)
  expect(response.headers.has('retry-after')).toBe(retryAfterSeconds !== undefined)
  for (const { code: fieldCode } of body.errors ?? []) {
    expect(Object.keys(FIELD_PROBLEMS)).toContain(fieldCode)
  }
  expect(text).not.toMatch(INTERNAL)
  return body
}

/** Asserts a refused body and gives `pointer code` of every field that it names, in order. */
export async function refusedFields(response: Response): Promise<string[]> {
  const { errors = [] } = await expectProblem(response, 'validation_failed')
  return errors.map(({ pointer, code }) => `${pointer} ${code}`).sort()
}
