import type { Generator } from '../load/control.ts'
import { type Memory, memoryOf, startTarget, type Target, type TargetName } from './targets.ts'

export const NAMES: TargetName[] = ['floor', 'hono', 'service']

/** The three servers that are compared. */
export type Fleet = Record<TargetName, Target>
export type FleetMemory = Record<TargetName, Memory | undefined>

const SETTLE_MS = 1000

/** Starts all three and lets them compile what they run often, open their connections and prepare their statements. */
export async function startFleet(generator: Generator, databaseUrl: string): Promise<Fleet> {
  const fleet = {
    floor: await startTarget('floor', databaseUrl),
    hono: await startTarget('hono', databaseUrl),
    service: await startTarget('service', databaseUrl),
  }
  for (const { port } of Object.values(fleet)) {
    for (const scenario of ['me', 'refresh'] as const) {
      await generator.run({ port, scenario, connections: 64, warmUpMs: 0, windowMs: SETTLE_MS })
    }
    await generator.run({ port, scenario: 'signup', connections: 8, warmUpMs: 0, windowMs: 200 })
  }
  return fleet
}

/** Ends all three; tells what memory they had. */
export async function stopFleet(fleet: Fleet): Promise<FleetMemory> {
  const memory = {
    floor: memoryOf(fleet.floor.pid),
    hono: memoryOf(fleet.hono.pid),
    service: memoryOf(fleet.service.pid),
  }
  for (const target of Object.values(fleet)) await target.stop()
  return memory
}
