import type { Generator } from '../load/control.ts'
import type { Scenario } from '../load/scenarios.ts'
import { type Check, table } from '../support/report.ts'
import { startTarget } from '../support/targets.ts'
import { startWireProxy } from '../wire-proxy.ts'

const EXPECTED: Record<Scenario, number> = { signup: 2, login: 2, me: 1, refresh: 1 }
const COUNTED = 40
const WINDOW_MS = 10_000

/** Counts on the wire what one request costs the database after the warm-up. */
export async function countRoundTrips(
  generator: Generator,
  databaseUrl: string,
): Promise<{ text: string; checks: Check[] }> {
  const proxy = await startWireProxy(databaseUrl)
  const service = await startTarget('service', proxy.url)
  const rows: string[][] = []
  const checks: Check[] = []
  try {
    for (const [scenario, expected] of Object.entries(EXPECTED) as [Scenario, number][]) {
      const run = (connections: number, requests: number) =>
        generator.run({
          ...{ port: service.port, scenario, connections, requests },
          ...{ warmUpMs: 0, windowMs: WINDOW_MS },
        })
      const isHashing = scenario === 'login' || scenario === 'signup'
      // Every pooled connection must have prepared the statement. Concurrent requests make all of them work.
      await run(16, isHashing ? 64 : 2000)
      await run(1, COUNTED)
      const before = proxy.counts()
      await run(1, COUNTED)
      const after = proxy.counts()
      const statements = (after.statements - before.statements) / COUNTED
      const roundTrips = (after.roundTrips - before.roundTrips) / COUNTED
      rows.push([scenario, String(statements), String(roundTrips)])
      checks.push({
        what: `round trips of ${scenario}`,
        found: String(roundTrips),
        budget: String(expected),
        ok: roundTrips <= expected,
      })
    }
  } finally {
    await service.stop()
    proxy.stop()
  }
  return { text: table(['a request', 'statements', 'round trips'], rows), checks }
}
