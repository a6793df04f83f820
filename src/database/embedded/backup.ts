import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { MADE, MARK } from './creation.ts'
import { inFolder } from './folder-engine.ts'
import { FolderError, folderError } from './folder-error.ts'
import { LOCK_FILE } from './lock.ts'

/** What says who has the folder open, and is nobody's in a copy. */
const OWN = new Set([LOCK_FILE, 'postmaster.pid'])

/**
 * Copies the database in `folder` to `target`, which must be empty or missing and is whole once it is there. Rejects while
 * anybody uses the database; nobody can meanwhile. That it can be opened is tried before.
 */
export async function backUp(folder: string, target: string): Promise<void> {
  const from = resolve(folder)
  const to = resolve(target)
  if (!existsSync(join(from, MARK)) && !existsSync(join(from, MADE))) {
    throw new FolderError(from, 'NO_DATABASE', 'it holds no database that could be copied.')
  }
  const way = relative(from, to)
  if (!way.startsWith('..') && !isAbsolute(way)) {
    throw new FolderError(to, 'TARGET_INSIDE', 'it is inside the database. Name another place.')
  }
  await requireEmpty(to)
  const { start, folder: source } = await inFolder(from)
  try {
    await (await start()).close()
    await copy(source.path, to)
  } finally {
    source.release()
  }
}

async function requireEmpty(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw folderError(target, error)
  })
  if (entries.length > 0) {
    throw new FolderError(target, 'TARGET_NOT_EMPTY', 'it is not empty. Name another place.')
  }
}

/** Under another name first, so that half a copy is never taken for one. */
async function copy(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${process.pid}`
  try {
    await mkdir(dirname(to), { recursive: true })
    await mkdir(partial, { mode: 0o700 })
    const names = (await readdir(from)).filter((name) => !OWN.has(name))
    for (const name of names) await cp(join(from, name), join(partial, name), { recursive: true })
    if (existsSync(to)) await rmdir(to)
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined)
    throw folderError(to, error)
  }
}
