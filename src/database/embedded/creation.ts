import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Where a cluster is made, and where it lies complete until it is moved up. Both are inside the folder, which may be a
 * mount point.
 */
export const STAGING = '.new'
export const COMPLETE = '.made'
/** The file that marks a folder as a database. */
export const MARK_FILE = 'PG_VERSION'

/**
 * Fills the folder with the cluster that `make` makes. After an interruption the next start finishes it or begins
 * again.
 */
export async function createCluster(
  path: string,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const staging = join(path, STAGING)
  await removeUnfinished(path)
  await mkdir(staging, { mode: 0o700 })
  try {
    await make(staging)
  } catch (error) {
    // Half a cluster would only fill a full disk. What cannot be removed now goes at the next start.
    await removeUnfinished(path).catch(() => undefined)
    throw error
  }
  await rename(staging, join(path, COMPLETE))
  await finishCreation(path)
}

/** Moves a complete cluster up into the folder. This also finishes a creation that was interrupted. */
export async function finishCreation(path: string): Promise<void> {
  const made = join(path, COMPLETE)
  const rest = (await readdir(made)).filter((name) => name !== MARK_FILE)
  for (const name of rest) await rename(join(made, name), join(path, name))
  // The mark comes last, because a folder with it counts as complete.
  await rename(join(made, MARK_FILE), join(path, MARK_FILE)).catch(unless('ENOENT'))
  await rmdir(made)
}

export function removeUnfinished(path: string): Promise<void> {
  return rm(join(path, STAGING), { recursive: true, force: true })
}

function unless(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error
  }
}
