import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate } from '../../src/database/migrate.ts'
import { connectPglite } from '../../src/database/pglite.ts'

/** Whatever changes the data of a new database. */
const SOURCES = ['package-lock.json', ...globSync('drizzle/*.sql').sort()]

const hash = createHash('sha256')
for (const file of SOURCES) hash.update(readFileSync(file))
const PREPARED = join('dist', `prepared-${hash.digest('hex').slice(0, 16)}`)

/**
 * Puts a migrated, empty database into a new folder. Postgres takes six seconds of a core to make one, which is done once
 * for all tests that are about something else.
 */
export async function prepareFolder(folder: string): Promise<void> {
  if (!existsSync(PREPARED)) await makePrepared()
  await cp(PREPARED, folder, { recursive: true })
}

/** Made aside, for other files of the same run want one, too. */
async function makePrepared(): Promise<void> {
  const aside = await mkdtemp(`${PREPARED}-`)
  const folder = join(aside, 'postgres')
  const { executor, close } = await connectPglite({ folder })
  await migrate(executor)
  await close()
  await rename(folder, PREPARED).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY') throw error
  })
  await rm(aside, { recursive: true })
}
