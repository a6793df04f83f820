import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { folderFaults } from './folder-error.ts'

/**
 * What version 0.1.0 writes into `<folder>.lock` and looks for there. `kernel` marks this version's files, which bind
 * only 0.1.0.
 */
type Holder = { pid: number; started?: string | undefined; nonce?: string; kernel?: true }

/** Throws while a process of version 0.1.0 has the folder. */
export function refuseIfHeldByOldVersion(folder: string): void {
  const path = pathOf(folder)
  const holder = holderIn(path)
  if (!holder || holder.kernel || !isAlive(holder)) return
  throw folderFaults.inUse(folder, `process ${holder.pid}, of an older version (${path})`)
}

/**
 * Keeps 0.1.0 out of a folder that this process has, because it knows no other lock. Returns a function that lets it in
 * again. If nothing can be written beside the folder, as beside a mount point, 0.1.0 could not start either.
 */
export function lockOutOldVersions(folder: string): () => void {
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

/** Returns undefined if there is no such file, or if its content names no process. */
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
  // In a restarted container every process has the id of a predecessor.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: the process runs as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const seen = inspect(pid)
  return !seen || (!'ZX'.includes(seen.state) && (!started || seen.started === started))
}

/** Returns the state and start time of a process from Linux's /proc, or undefined if there is none. */
function inspect(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, so the fields count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { state: fields[0] ?? '', started: `${boot}:${fields[19]}` }
  } catch {
    return undefined
  }
}
