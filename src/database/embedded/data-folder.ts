import { access, chmod, mkdir, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { once } from '../../utils/once.ts'
import { COMPLETE, finishCreation, MARK_FILE, removeUnfinished, STAGING } from './creation.ts'
import { folderError, folderFaults } from './folder-error.ts'
import { LOCK_FILE, lockFolder } from './lock.ts'
import { lockOutOldVersions, refuseIfHeldByOldVersion } from './old-lock.ts'

export type DataFolder = {
  path: string
  /** True if a database must still be made. */
  isEmpty: boolean
  release(): void
}

/** The Postgres version of PGlite, which cannot read the files of another. */
const POSTGRES = '18'
/** A database needs all of these. Postgres itself does not say in a sentence which one is missing. */
const VITAL = [
  'global/pg_control',
  'global/1262',
  'base/1',
  'base/5',
  'pg_wal',
  'pg_xact',
  'postgresql.conf',
]
/** Tools that make file systems put it into every new volume. */
export const VOLUME = 'lost+found'

/**
 * Locks the folder for this process, and finishes or removes an interrupted creation. If the folder cannot be used,
 * rejects with a sentence and has changed nothing in it.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder)
  return open(path).catch((error: unknown) => {
    throw folderError(path, error)
  })
}

async function open(given: string): Promise<DataFolder> {
  const path = await existing(given)
  // Checks the content before it locks, because the lock is a file in the folder.
  await contentOf(path)
  refuseIfHeldByOldVersion(path)
  const unlock = await lockFolder(path)
  const letIn = lockOutOldVersions(path)
  const release = once(() => {
    letIn()
    unlock()
  })
  try {
    // Everybody may read Postgres' files here, so the folder must be private. On a volume of another user this may
    // fail.
    await chmod(path, 0o700).catch(() => undefined)
    const content = await contentOf(path)
    await removeUnfinished(path)
    if (content === 'made') await finishCreation(path)
    return { path, isEmpty: content === 'empty', release }
  } catch (error) {
    release()
    throw error
  }
}

/** Returns the real path of a folder, and makes the folder if it is missing. */
async function existing(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(dirname(path), { recursive: true })
    await mkdir(path, { mode: 0o700 })
    return realpath(path)
  }
}

async function contentOf(path: string): Promise<'empty' | 'made' | 'database'> {
  const entries = new Set(await readdir(path))
  const isOurs = entries.delete(LOCK_FILE)
  if (isOurs && entries.has(COMPLETE)) return 'made'
  if (entries.has(MARK_FILE)) {
    await requireComplete(path)
    return 'database'
  }
  if (isOurs) entries.delete(STAGING)
  entries.delete(VOLUME)
  if (entries.size > 0) throw folderFaults.foreign(path)
  return 'empty'
}

async function requireComplete(path: string): Promise<void> {
  const version = (await readFile(join(path, MARK_FILE), 'utf8')).trim()
  if (version !== POSTGRES) {
    throw folderFaults.otherVersion(path, version.slice(0, 20) || 'of no version', POSTGRES)
  }
  for (const name of VITAL) {
    await access(join(path, name)).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? folderFaults.incomplete(path, name) : error
    })
  }
}
