import { describe, expect, it } from 'vitest'
import { AppError, PROBLEMS, type ProblemCode } from '../../src/errors.ts'
import { problemHeaders, problemOutsideApp } from '../../src/http/problem.ts'
import { problemResponses } from '../../src/http/problem-docs.ts'

const CODES = Object.keys(PROBLEMS) as ProblemCode[]

describe.each(CODES)('%s', (code) => {
  const { status, challenge, retryAfterSeconds, hasLimit } = PROBLEMS[code]
  const { headers }: { headers: Record<string, string> } = problemOutsideApp(code)

  it('has the headers that the list gives it, and no others', () => {
    expect(headers['www-authenticate']).toBe(challenge)
    expect('retry-after' in headers).toBe(retryAfterSeconds !== undefined)
    const more = Number(headers['retry-after'] ?? 0) - (retryAfterSeconds ?? 0)
    expect([0, 1, 2, 3]).toContain(more)
  })

  it('has the same in the document', () => {
    const documented = problemResponses([code])[status]?.headers ?? {}
    const limit = { name: 'login_client', count: 100, periodSeconds: 3600 }
    const sent = problemHeaders(new AppError(code, hasLimit ? { limit } : {}))
    expect(Object.keys(documented).map((name) => name.toLowerCase())).toEqual(Object.keys(sent))
  })

  it('is challenged by 401, and told to come back by 429 and 503', () => {
    // A token that permits too little is challenged, too (RFC 6750 section 3.1).
    expect(challenge !== undefined).toBe(status === 401 || code === 'permission_denied')
    expect(retryAfterSeconds !== undefined).toBe(status === 429 || status === 503)
  })
})

it('a header is required in the document where every code of its status has it', () => {
  const { 401: refused, 503: busy, 500: broken } = problemResponses(CODES)
  expect(refused?.headers).toMatchObject({ 'WWW-Authenticate': { required: true } })
  expect(busy?.headers).toMatchObject({ 'Retry-After': { required: true } })
  expect(broken).not.toHaveProperty('headers')
})
