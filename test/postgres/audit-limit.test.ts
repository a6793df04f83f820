import { expect, it } from 'vitest'
import { createPostgresTestApp } from '../support/app-postgres.ts'
import { auditRows } from '../support/audit.ts'
import { limitsOf } from '../support/limits.ts'
import { undoAfterEach } from '../support/undo.ts'

const undo = undoAfterEach()

// In a database of its own, for everybody adds to this limit.
it('so many failures are recorded of all accounts and clients together, at the same moment too', async () => {
  const t = await createPostgresTestApp({ env: { RATE_LIMITS: limitsOf({ audit_all: 32 }) } })
  undo.push(t.close)
  const guess = (at: number) =>
    t.request('/auth/login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-test-address': `198.51.100.${at % 250}`,
      },
      body: JSON.stringify({ username_or_email: `nobody${at}`, password: 'x'.repeat(20) }),
    })
  const answers = await Promise.all(Array.from({ length: 300 }, (_, at) => guess(at)))
  for (const { status } of answers) expect([401, 503]).toContain(status)
  expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThan(100)
  const rows = await auditRows(t, "event = 'login_failed'")
  // By chance a sixteenth may be left over.
  expect(rows.length).toBeGreaterThan(16)
  expect(rows.length).toBeLessThanOrEqual(32)
  expect(t.log.filter(({ event }) => event === 'audit_failed')).toEqual([])
})
