import { expect } from 'vitest'
import type { LimitName } from '../../src/core/limits/limits.ts'
import { clientKey } from '../../src/core/limits/tries.ts'
import { canonicalAddress } from '../../src/utils/ip-address.ts'
import type { TestApp } from './app.ts'
import { quoted } from './names.ts'
import { expectProblem } from './problems.ts'

let clients = 0
/** An address that no other test comes from. Workers' tests share a database. */
export const newAddress = () => {
  const random = crypto.getRandomValues(new Uint16Array(2))
  return `2001:${[...random, ++clients].map((part) => part.toString(16)).join(':')}::1`
}

type From = { address?: string | undefined; token?: string }

export const post = (
  t: TestApp,
  path: string,
  body: unknown,
  { address = newAddress(), token }: From = {},
) =>
  t.request(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-test-address': address,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })

export const logIn = (t: TestApp, username_or_email: string, password: string, address?: string) =>
  post(t, '/auth/login', { username_or_email, password }, { address })

/** Forgets what one client was counted for, as if its wait were over. Other files count in the same table meanwhile. */
export async function forgetTries(t: TestApp, limit: LimitName, address: string): Promise<void> {
  const client = await clientKey(t.deps, canonicalAddress(address) ?? null)
  await t.column(
    `delete from edge_auth.rate_limits where key = ${quoted(`${limit} ${client}`)} returning key`,
  )
}

/** The limit that a refusal names, after its headers were compared with each other. */
export async function refusedBy(answer: Response): Promise<string> {
  const { detail } = await expectProblem(answer, 'too_many_requests')
  const wait = answer.headers.get('retry-after')
  expect(Number(wait)).toBeGreaterThanOrEqual(1)
  expect(detail).toMatch(/try again in/)
  const [, name, count, period] =
    /^"(\w+)";q=(\d+);w=(\d+)$/.exec(answer.headers.get('ratelimit-policy') ?? '') ?? []
  expect(answer.headers.get('ratelimit')).toBe(`"${name}";r=0;t=${wait}`)
  const longest = name === 'gate' ? Number(period) : Math.ceil(Number(period) / Number(count))
  expect(Number(wait)).toBeLessThanOrEqual(longest)
  return String(name)
}

export async function tries(
  count: number,
  attempt: (at: number) => Promise<Response>,
): Promise<number[]> {
  const statuses: number[] = []
  for (let at = 0; at < count; at++) statuses.push((await attempt(at)).status)
  return statuses
}
