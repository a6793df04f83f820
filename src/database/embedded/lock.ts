import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { folderFaults } from './folder-error.ts'

/**
 * Inside the folder, because nothing may be made beside a mount point. It is never removed. Otherwise two processes
 * could lock two files of the same name.
 */
export const LOCK_FILE = 'edge-auth.lock'

/**
 * Locks the folder until it is released or the process ends in any way. The kernel holds the lock. So it works between
 * containers too, where process ids mean nothing. Rejects if any process has it, including this one.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const { tryLock } = await import('fs-native-extensions').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ERR_MODULE_NOT_FOUND') throw folderFaults.noLockPackage(folder, { cause })
    throw folderFaults.noLockOnPlatform(folder, `${process.platform} ${process.arch}`, { cause })
  })
  const path = join(folder, LOCK_FILE)
  const file = openSync(path, 'a+', 0o600)
  try {
    if (!tryLock(file)) throw folderFaults.inUse(folder, await holderIn(path))
    sign(file)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return () => closeSync(file)
}

/** Names the holder for people. Nothing depends on it, so a full disk may prevent it. */
function sign(file: number): void {
  try {
    ftruncateSync(file)
    writeSync(file, `process ${process.pid} on ${hostname()}\n`)
  } catch {
    // The lock works without it.
  }
}

const LONGEST_WAIT_FOR_NAME_MS = 1_000

/** Who has just got the lock needs a moment to sign. Who is told so should learn whom to stop. */
async function holderIn(path: string): Promise<string> {
  const until = Date.now() + LONGEST_WAIT_FOR_NAME_MS
  do {
    const holder = nameIn(path)
    if (holder !== '') return holder
    await setTimeout(20)
  } while (Date.now() < until)
  return 'another process'
}

function nameIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Windows does not let other processes read a locked file.
    return 'another process'
  }
}
