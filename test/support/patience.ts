import { availableParallelism, loadavg } from 'node:os'

/** How much longer everything takes here than on a quiet machine: how many want each core. */
export function slowness(): number {
  const [lastMinute = 0] = loadavg()
  return Math.max(1, lastMinute / availableParallelism())
}

/** Returns a time limit for this machine as busy as it is. On a quiet one it is the given limit. */
export function within(milliseconds: number): number {
  return milliseconds * slowness()
}
