import { expect, it } from 'vitest'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { assembleTestApp, CHEAP, QUEUE } from '../support/app.ts'
import { commonPasswords } from '../support/app-node.ts'
import { createPostgresTestApp, WAYS } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { silent } from '../support/logger.ts'

const STYLES = ['SQL, DMY', 'SQL, MDY', 'Postgres, MDY', 'German', 'ISO, YMD']
const ZONES = ['Asia/Shanghai', 'America/St_Johns', 'UTC']

it.each(WAYS)('whatever DateStyle and TimeZone are set on the database, by %s', async (way) => {
  const t = await createPostgresTestApp({
    way,
    prepare: async (database, admin) => {
      await admin.unsafe(`alter database ${database} set datestyle = 'SQL, DMY'`)
      await admin.unsafe(`alter database ${database} set timezone = 'Asia/Shanghai'`)
    },
  })
  const [seen] = await t.column('show datestyle')
  expect(seen).toBe('SQL, DMY')
  await expectJourney(t)
  await t.close()
})

it('whatever is set in the embedded one', async () => {
  const connection = await connectPglite({})
  await migrate(connection.executor)
  const passwords = createPasswords(await loadArgon2(silent), QUEUE, CHEAP)
  const t = await assembleTestApp({ connection, passwords, commonPasswords, statements: () => 0 })
  for (const style of STYLES) {
    for (const zone of ZONES) {
      await t.column(`set datestyle = '${style}'`)
      await t.column(`set timezone = '${zone}'`)
      await expectJourney(t)
    }
  }
  await t.close()
})
