import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import { startNode, stopChild } from './children.ts'
import { freePort, untilHealthy } from './ports.ts'

export type TargetName = 'floor' | 'hono' | 'service'
export type Target = {
  port: number
  pid: number
  /** From its start to its first 200 of `/health`. */
  coldStartMs: number
  stop: () => Promise<void>
}

/** Linux reports processor time in hundredths of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10

export const JWT_SECRET_KEY = randomBytes(48).toString('base64')

const PROGRAMS: Record<TargetName, string> = {
  floor: '../floor/pipelined.ts',
  hono: '../floor/hono.ts',
  service: '../../dist/node/server.js',
}

const FLAGS: Record<TargetName, string[]> = {
  floor: [],
  hono: [],
  // The V8 flags of `npm start`.
  service: manifest.scripts.start.match(/--[\w-]+=\d+/g) ?? [],
}

/** Starts one of the three servers over the database. BENCH_SERVICE selects another build of the service. */
export async function startTarget(
  name: TargetName,
  databaseUrl: string,
  flags: string[] = [],
): Promise<Target> {
  const port = await freePort()
  const given = name === 'service' ? process.env.BENCH_SERVICE : undefined
  const program = given ?? fileURLToPath(new URL(PROGRAMS[name], import.meta.url))
  const startedAt = performance.now()
  const child = startNode([...flags, ...FLAGS[name], program], {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    JWT_SECRET_KEY,
    HOST: '127.0.0.1',
    PORT: String(port),
    // Limits count, each person of the load by an address of its own.
    TRUSTED_PROXY_COUNT: '1',
  })
  await untilHealthy(port, () => child.exitCode !== null)
  return {
    port,
    pid: child.pid ?? 0,
    coldStartMs: performance.now() - startedAt,
    stop: () => stopChild(child),
  }
}

/** Returns a process' processor time so far, in milliseconds, or undefined if the system does not report it. */
export function processorTimeOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
  } catch {
    return undefined
  }
}

/** Resident memory in MiB, now and at its peak. */
export type Memory = { now: number; peak: number }

/** Returns the memory of a process, or undefined if the system does not report it. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const inMiB = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    return { now: inMiB('VmRSS'), peak: inMiB('VmHWM') }
  } catch {
    return undefined
  }
}
