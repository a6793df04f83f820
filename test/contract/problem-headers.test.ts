import { describe, expect, it } from 'vitest'
import { PROBLEMS, type ProblemCode } from '../../src/errors.ts'
import { problemOutsideApp } from '../../src/http/problem.ts'
import { problemResponses } from '../../src/http/problem-docs.ts'

const CODES = Object.keys(PROBLEMS) as ProblemCode[]

describe.each(CODES)('%s', (code) => {
  const { status, challenge, retryAfterSeconds } = PROBLEMS[code]
  const { headers }: { headers: Record<string, string> } = problemOutsideApp(code)

  it('has the headers that the list gives it, and no others', () => {
    expect(headers['www-authenticate']).toBe(challenge)
    expect('retry-after' in headers).toBe(retryAfterSeconds !== undefined)
    const more = Number(headers['retry-after'] ?? 0) - (retryAfterSeconds ?? 0)
    expect([0, 1, 2, 3]).toContain(more)
  })

  it('has the same in the document', () => {
    const documented = problemResponses([code])[status]?.headers ?? {}
    const sent = ['WWW-Authenticate', 'Retry-After'].filter((name) => name.toLowerCase() in headers)
    expect(Object.keys(documented)).toEqual(sent)
  })

  it('is challenged by 401, and told to come back by 429 and 503', () => {
    expect(challenge !== undefined).toBe(status === 401)
    expect(retryAfterSeconds !== undefined).toBe(status === 429 || status === 503)
  })
})

it('a header is required in the document where every code of its status has it', () => {
  const { 401: refused, 503: busy, 500: broken } = problemResponses(CODES)
  expect(refused?.headers).toMatchObject({ 'WWW-Authenticate': { required: true } })
  expect(busy?.headers).toMatchObject({ 'Retry-After': { required: true } })
  expect(broken).not.toHaveProperty('headers')
})
