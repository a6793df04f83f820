import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MILLISECONDS = 25

type Holder = { pid: number; started: string | undefined; nonce: string }

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

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const seen = inspect(pid)
  if (!seen) return true
  // A zombie was killed and holds nothing; another start time is another process.
  return !'ZX'.includes(seen.state) && (started === undefined || seen.started === started)
}

function create(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Reads the holder; undefined when the file is gone, a dead holder when it stays unreadable. */
async function read(path: string): Promise<Holder | undefined> {
  // Creating and filling the file are two steps: an empty one is given time to be filled.
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Holder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      await sleep(RETRY_MILLISECONDS)
    }
  }
  return { pid: 0, started: 'never', nonce: 'unreadable' }
}

/** Takes the lock, or returns the live process that holds it. */
async function take(path: string, me: Holder): Promise<Holder | undefined> {
  while (!create(path, me)) {
    const holder = await read(path)
    if (!holder) continue
    if (holder.pid > 0 && isAlive(holder)) return holder
    // The right to replace one dead holder's lock is itself a lock, named after that lock, so
    // that of several processes finding it exactly one replaces it.
    const claim = `${path}.${holder.nonce}`
    if (await take(claim, me)) {
      // Whoever has the right may still find that it came too late, so that it is no holder yet.
      await sleep(RETRY_MILLISECONDS)
      continue
    }
    if ((await read(path))?.nonce === holder.nonce) {
      renameSync(claim, path)
      return undefined
    }
    unlinkSync(claim)
  }
  return undefined
}

/** Takes the lock file for this process or rejects naming the live process that holds it. */
export async function acquireLock(path: string, folder: string): Promise<() => void> {
  const me = { pid: process.pid, started: inspect(process.pid)?.started, nonce: randomUUID() }
  const holder = await take(path, me)
  if (holder) {
    throw new Error(
      `The database folder ${folder} is in use by process ${holder.pid} (lock file ${path}). ` +
        'Stop that process, or use another folder.',
    )
  }
  return () => {
    try {
      const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder
      if (holder.nonce === me.nonce) unlinkSync(path)
    } catch {
      // Somebody removed it by hand: there is nothing left to release.
    }
  }
}
