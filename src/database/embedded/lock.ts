import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { folderFaults } from './folder-error.ts'

/** Inside the folder, for beside a mount point nothing may be made. It is never removed: two processes could then lock two files of one name. */
export const LOCK_FILE = 'edge-auth.lock'

/**
 * Locks the folder until it is released or the process ends, however that comes about. The lock is the kernel's: it holds
 * between containers too, where process numbers mean nothing. Rejects if anybody has it, this process included.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const { tryLock } = await import('fs-native-extensions').catch((cause: unknown) => {
    throw folderFaults.noLockOnPlatform(folder, `${process.platform} ${process.arch}`, { cause })
  })
  const path = join(folder, LOCK_FILE)
  const file = openSync(path, 'a+', 0o600)
  try {
    if (!tryLock(file)) throw folderFaults.inUse(folder, holderIn(path))
    sign(file)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return () => closeSync(file)
}

/** Whom people should look for; nothing depends on it, so that a full disk may leave it out. */
function sign(file: number): void {
  try {
    ftruncateSync(file)
    writeSync(file, `process ${process.pid} on ${hostname()}\n`)
  } catch {
    // The lock holds without it.
  }
}

function holderIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another process'
  } catch {
    // Windows lets nobody read what is locked.
    return 'another process'
  }
}
