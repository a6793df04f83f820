import { afterAll, describe, expect, it } from 'vitest'
import { createNodeTestApp } from '../../support/app-node.ts'
import { limitsOf } from '../../support/limits.ts'
import { post, tries } from '../../support/tries.ts'

// All who share a database share this limit, so that this one has a database of its own.
const t = await createNodeTestApp({ env: { RATE_LIMITS: limitsOf({ mail_all: 16 }) } })
afterAll(() => t.close())

describe('mails', () => {
  it('are bounded for all clients and addresses together', async () => {
    const ask = () =>
      post(t, '/auth/password/forgot', { email: `n${crypto.randomUUID()}@example.org` })
    const statuses = await tries(60, ask)
    expect(statuses.filter((status) => status === 202).length).toBeLessThanOrEqual(16)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(44)
  })
})
