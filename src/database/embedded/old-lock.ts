import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { folderFaults } from './folder-error.ts'

/** What version 0.1.0 writes into `<folder>.lock`, and looks for there; `kernel` stands in ours, which bind 0.1.0 alone. */
type Holder = { pid: number; started?: string | undefined; nonce?: string; kernel?: true }

/** Rejects while a process of version 0.1.0 has the folder. */
export function yieldToOldLock(folder: string): void {
  const path = pathOf(folder)
  const holder = holderIn(path)
  if (!holder || holder.kernel || !isAlive(holder)) return
  throw folderFaults.inUse(folder, `process ${holder.pid}, of an older version (${path})`)
}

/**
 * Keeps 0.1.0 out of a folder that this process has, for it knows no other lock. Gives the way to let it in again. Where
 * nothing can be written beside the folder, as beside a mount point, 0.1.0 could not be started either.
 */
export function keepOldVersionsOut(folder: string): () => void {
  const path = pathOf(folder)
  const nonce = randomUUID()
  const me: Holder = {
    ...{ pid: process.pid, started: inspect(process.pid)?.started },
    ...{ nonce, kernel: true },
  }
  try {
    writeFileSync(path, JSON.stringify(me), { mode: 0o600 })
  } catch {
    return () => {}
  }
  return () => {
    if (holderIn(path)?.nonce === nonce) rmSync(path, { force: true })
  }
}

function pathOf(folder: string): string {
  return `${folder}.lock`
}

/** Nothing where there is no such file, or its content, whatever it is, names no process. */
function holderIn(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder | null
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
