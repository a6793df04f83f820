import { parseConfig } from '../src/config.ts'
import { backUp } from '../src/database/embedded/backup.ts'

/** Copies the embedded database to the folder that is named; copying needs no secret, so any will do where none is set. */
async function main(target: string | undefined): Promise<void> {
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  if (database.url !== undefined) {
    throw new Error(
      'DATABASE_URL is set: this copies the embedded database; use pg_dump for yours.',
    )
  }
  if (!target) throw new Error('Say where to: npm run db:backup -- <folder>')
  await backUp(database.folder, target)
  console.log(`Copied ${database.folder} to ${target}.`)
  console.log(`To restore it: stop the service, put it in the place of ${database.folder}, start.`)
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
