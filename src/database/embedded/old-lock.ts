import { readFileSync, rmSync } from 'node:fs'
import { folderFaults } from './folder-error.ts'

/** What version 0.1.0 wrote into `<folder>.lock`. */
type Holder = { pid: number; started?: string }

/** Rejects while a process of version 0.1.0 has the folder, and removes the lock that an ended one left. */
export function yieldToOldLock(folder: string): void {
  const path = `${folder}.lock`
  const holder = holderIn(path)
  if (holder === 'none') return
  if (holder && isAlive(holder)) {
    throw folderFaults.inUse(folder, `process ${holder.pid}, of an older version (${path})`)
  }
  try {
    rmSync(path, { force: true })
  } catch {
    // It says nothing to this version, so that it may as well stay.
  }
}

/** Nothing where the content, whatever it is, names no process. */
function holderIn(path: string): Holder | 'none' | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return 'none'
  }
  try {
    const holder = JSON.parse(text) as Holder | null
    return Number.isSafeInteger(holder?.pid) && Number(holder?.pid) > 0 && holder
      ? holder
      : undefined
  } catch {
    return undefined
  }
}

function isAlive({ pid, started }: Holder): boolean {
  // In a container that was started anew everybody has the number of a predecessor.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const seen = inspect(pid)
  return !seen || (!'ZX'.includes(seen.state) && (!started || seen.started === started))
}

/** State and start time of a process by Linux's /proc; undefined where there is none. */
function inspect(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { state: fields[0] ?? '', started: `${boot}:${fields[19]}` }
  } catch {
    return undefined
  }
}
