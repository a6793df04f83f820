import { expect, it } from 'vitest'
import { createNodeTestApp } from '../support/app-node.ts'
import { expectProblem } from '../support/problems.ts'

const NEWER = 'update edge_auth.edge_auth_migrations set created_at = created_at + 1e12'

it.each([
  [
    'of an older version',
    'delete from edge_auth.edge_auth_migrations where created_at > (select min(created_at) from edge_auth.edge_auth_migrations)',
    /is older than this version needs.*db:migrate/,
  ],
  ['with an empty journal', 'delete from edge_auth.edge_auth_migrations', /is older.*db:migrate/],
  [
    'without a journal',
    'drop table edge_auth.edge_auth_migrations',
    /the table edge_auth_migrations\..*db:migrate/,
  ],
  ['with no tables', 'drop schema edge_auth cascade', /lacks.*all tables\..*db:migrate/],
  ['without a table', 'drop table edge_auth.credentials', /the table credentials\..*db:migrate/],
  [
    'without columns',
    'alter table edge_auth.users drop column login_count, drop column disabled_at',
    /the column users\.disabled_at, the column users\.login_count\./,
  ],
  [
    'whose tables are somewhere else',
    'alter table edge_auth.sessions set schema public',
    /the table sessions\./,
  ],
  [
    'of a newer version that has a column no more',
    `alter table edge_auth.users drop column kept_session_id; ${NEWER}`,
    /of a newer version.*users\.kept_session_id.*Deploy/,
  ],
])('/health/ready refuses a schema %s and says what to do', async (_what, script, words) => {
  const t = await createNodeTestApp()
  expect((await t.get('/health/ready')).status).toBe(200)
  for (const text of script.split('; ')) await t.column(text)
  const answer = await t.get('/health/ready')
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  const { detail } = await expectProblem(answer, 'service_unavailable')
  expect(detail).toMatch(words)
  expect((await t.get('/health')).status).toBe(200)
  await t.close()
})

it('/health/ready accepts a schema of a newer version that has all that this one needs', async () => {
  const t = await createNodeTestApp()
  await t.column('alter table edge_auth.users add column later text')
  await t.column(NEWER)
  expect((await t.get('/health/ready')).status).toBe(200)
  await t.close()
})
