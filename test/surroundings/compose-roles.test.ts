import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { type DebianPostgres, startDebianPostgres } from '../support/debian.ts'
import { startNode } from '../support/node-process.ts'
import { sqlClient } from '../support/sql.ts'

const run = promisify(execFile)
const PASSWORDS = { OWNER_PASSWORD: "an owner's", RUNTIME_PASSWORD: 'that of who serves' }

let postgres: DebianPostgres
beforeAll(async () => {
  postgres = await startDebianPostgres()
  const sql = sqlClient(postgres.url)
  await sql`create database edge_auth`
  await sql.end()
})
afterAll(() => postgres.stop())

const urlOf = (role: string) => `postgres://${role}@127.0.0.1:${postgres.port}/edge_auth`

/** What the service `roles` of compose.yaml runs. */
function setRoles(passwords: Record<string, string>) {
  const args = ['--no-psqlrc', '--quiet', '--file=deploy/sql/roles.sql', urlOf('postgres')]
  return run('psql', args, { env: { PATH: process.env.PATH, ...passwords } })
}

const migrate = (role: string) =>
  run(process.execPath, [join('dist/node', 'migrate.js')], {
    env: { PATH: process.env.PATH, DATABASE_URL: urlOf(role) },
  })

describe('the roles of compose.yaml', () => {
  it('are refused without passwords, and nothing of them is left', async () => {
    const { OWNER_PASSWORD } = PASSWORDS
    await expect(setRoles({ OWNER_PASSWORD })).rejects.toMatchObject({ code: 3 })
    const sql = sqlClient(urlOf('postgres'))
    expect(await sql`select from pg_roles where rolname like 'edge_auth%'`).toHaveLength(0)
    expect(await sql`select from pg_namespace where nspname = 'edge_auth'`).toHaveLength(0)
    await sql.end()
  })

  it('are made, and made again, with what each is for and no more', async () => {
    for (const when of ['at first', 'after the migrations']) {
      expect([when, await setRoles(PASSWORDS)]).toEqual([when, { stdout: '', stderr: '' }])
      expect((await migrate('edge_auth_owner')).stdout).toMatch(
        when === 'at first' ? /^Applied \d+ migration/ : /^The schema is up to date/,
      )
    }
    const service = await startNode({ DATABASE_URL: urlOf('edge_auth_runtime') })
    const person = { username: 'ada', email: 'ada@example.org', password: PASSWORD }
    expect((await service.get('/health/ready')).status).toBe(200)
    expect((await service.post('/auth/signup', person)).status).toBe(201)
    await service.kill()
    const runtime = sqlClient(urlOf('edge_auth_runtime'))
    await expect(runtime`create table edge_auth.of_mine ()`).rejects.toThrow('permission denied')
    await expect(runtime`delete from edge_auth.audit_events`).rejects.toThrow('permission denied')
    await runtime.end()
  })

  it('get a new password by the next start', async () => {
    const sql = sqlClient(urlOf('postgres'))
    const stored = async () =>
      (
        await sql`select rolpassword from pg_authid where rolname like 'edge_auth%' order by rolname`
      ).map(({ rolpassword }) => String(rolpassword))
    const [owner, runtime] = await stored()
    expect([owner, runtime]).toEqual(Array(2).fill(expect.stringMatching(/^SCRAM-SHA-256\$/)))
    await setRoles({ ...PASSWORDS, RUNTIME_PASSWORD: 'another' })
    expect((await stored())[1]).not.toBe(runtime)
    await sql.end()
  })
})
