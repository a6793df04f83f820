import { backUp } from '../src/database/embedded/backup.ts'
import { databaseConfig } from './database-config.ts'

/** Copies the embedded database to the given folder. */
async function main(target: string | undefined): Promise<void> {
  const { url, folder } = databaseConfig()
  if (url !== undefined) {
    throw new Error(
      'DATABASE_URL names a server: this copies the embedded database; use pg_dump for yours.',
    )
  }
  if (!target) throw new Error('Say where to: npm run db:backup -- <folder>')
  await backUp(folder, target)
  console.log(`Copied ${folder} to ${target}.`)
  console.log(`To restore it: stop the service, put it in the place of ${folder}, start.`)
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
