import type { Generator } from '../load/control.ts'
import { type Memory, memoryOf, startTarget, type Target, type TargetName } from './targets.ts'

export const NAMES: TargetName[] = ['floor', 'hono', 'service']

/** The three servers that are compared. */
export type Fleet = Record<TargetName, Target>
export type FleetMemory = Record<TargetName, Memory | undefined>

/**
 * Starts all three servers and warms them up with four kinds of load, each for `settleMs`. So they compile hot code,
 * open connections, prepare statements and settle their heap sizes.
 */
export async function startFleet(
  generator: Generator,
  databaseUrl: string,
  settleMs: number,
): Promise<Fleet> {
  const fleet = {
    floor: await startTarget('floor', databaseUrl),
    hono: await startTarget('hono', databaseUrl),
    service: await startTarget('service', databaseUrl),
  }
  for (const { port } of Object.values(fleet)) {
    for (const connections of [64, 1]) {
      for (const scenario of ['me', 'refresh'] as const) {
        await generator.run({ port, scenario, connections, warmUpMs: 0, windowMs: settleMs })
      }
    }
    await generator.run({ port, scenario: 'signup', connections: 8, warmUpMs: 0, windowMs: 200 })
  }
  return fleet
}

/** Ends all three servers and returns their memory. */
export async function stopFleet(fleet: Fleet): Promise<FleetMemory> {
  const memory = {
    floor: memoryOf(fleet.floor.pid),
    hono: memoryOf(fleet.hono.pid),
    service: memoryOf(fleet.service.pid),
  }
  for (const target of Object.values(fleet)) await target.stop()
  return memory
}
