import { access, cp, mkdir, readdir, realpath, rmdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { COMPLETE, createCluster, MARK_FILE } from './creation.ts'
import { VOLUME } from './data-folder.ts'
import { FolderError, folderError, shortFault } from './folder-error.ts'
import { LOCK_FILE } from './lock.ts'
import { prepareFolder } from './prepare-folder.ts'

/** Files that tell who has the folder open, and the folder that belongs to its volume. */
const NOT_COPIED = new Set([LOCK_FILE, 'postmaster.pid', VOLUME])

/**
 * Copies the database in `folder` to `target`, which must be empty or missing. So half a copy is never taken for a
 * whole one. Checks first that the database can be opened. Rejects while it is in use, and keeps others out meanwhile.
 */
export async function backUp(folder: string, target: string): Promise<void> {
  const from = await sourceOf(resolve(folder))
  const to = resolve(target)
  if (await isInside(from, to)) throw refusedTarget(to, 'it is inside the database')
  await requireEmpty(to)
  const { start, folder: source } = await prepareFolder(from)
  try {
    await (await start()).close()
    await copy(source.path, to)
  } finally {
    source.release()
  }
}

async function sourceOf(folder: string): Promise<string> {
  for (const name of [MARK_FILE, COMPLETE]) {
    const error = await access(join(folder, name)).then(
      () => undefined,
      (failure: NodeJS.ErrnoException) => failure,
    )
    if (!error) return realpath(folder)
    if (error.code !== 'ENOENT') throw folderError(folder, error)
  }
  throw new FolderError(folder, 'NO_DATABASE', 'it holds no database that could be copied.')
}

/** Compares real paths, whatever links lead to them. */
async function isInside(folder: string, target: string): Promise<boolean> {
  const way = relative(folder, await nearest(target))
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Returns the real path, or that of the nearest parent that exists. */
async function nearest(path: string): Promise<string> {
  const parent = dirname(path)
  return realpath(path).catch(() => (parent === path ? path : nearest(parent)))
}

async function requireEmpty(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw refusedTarget(target, shortFault(error) ?? String(error.code))
  })
  if (entries.some((name) => name !== VOLUME)) throw refusedTarget(target, 'it is not empty')
}

/** Copies in the way a database is created, because the target may be a mount point as well. */
async function copy(from: string, to: string): Promise<void> {
  try {
    await mkdir(to, { recursive: true, mode: 0o700 })
    await createCluster(to, async (staging) => {
      for (const name of await readdir(from)) {
        if (NOT_COPIED.has(name)) continue
        await cp(join(from, name), join(staging, name), { recursive: true })
      }
    })
  } catch (error) {
    await rmdir(to).catch(() => undefined)
    throw refusedTarget(to, shortFault(error as NodeJS.ErrnoException) ?? String(error))
  }
}

function refusedTarget(target: string, fault: string): Error {
  return new Error(`The database cannot be copied to ${target}: ${fault}.`)
}
