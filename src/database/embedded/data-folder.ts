import { mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { acquireLock } from './lock.ts'

export type DataFolder = {
  path: string
  /** An empty sibling in which the database is to be made and then renamed to `path`. */
  staging: string | undefined
  release(): void
}

const STAGING = '.new-'

/** The one name of a folder that several paths may lead to; its parent is made if missing. */
async function canonical(folder: string): Promise<string> {
  const path = resolve(folder)
  await mkdir(dirname(path), { recursive: true })
  return realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)))
}

async function isDatabase(path: string): Promise<boolean> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.includes('PG_VERSION')) return true
  if (entries.length === 0) return false
  throw new Error(`${path} is not empty and holds no database: choose another folder`)
}

async function removeLeftovers(path: string): Promise<void> {
  const parent = dirname(path)
  const prefix = basename(path) + STAGING
  const leftovers = (await readdir(parent)).filter((name) => name.startsWith(prefix))
  for (const name of leftovers) await rm(join(parent, name), { recursive: true, force: true })
}

/** Locks the folder for this process, clears what an interrupted creation left, and says whether
 * a database has still to be made. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = await canonical(folder)
  const release = await acquireLock(`${path}.lock`, path)
  try {
    await removeLeftovers(path)
    if (await isDatabase(path)) return { path, staging: undefined, release }
    const staging = `${path}${STAGING}${process.pid}`
    await mkdir(staging, { mode: 0o700 })
    return { path, staging, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Says which Postgres made the database, for the message when it cannot be opened. */
export async function madeBy(path: string): Promise<string> {
  const version = await readFile(join(path, 'PG_VERSION'), 'utf8').catch(() => 'unknown')
  return `Postgres ${version.trim()}`
}
