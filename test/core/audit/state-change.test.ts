import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { happened, type Step, stateChange } from '../../../src/core/audit/state-change.ts'
import type { Database } from '../../../src/database/index.ts'
import { instant } from '../../../src/database/instants.ts'
import { read } from '../../../src/database/read.ts'
import { users } from '../../../src/models/index.ts'
import type { TestApp } from '../../support/app.ts'
import { createTestApp } from '../../support/runtime.ts'

const rename = stateChange({
  name: 'toy_rename',
  params: { userId: 'uuid', username: 'text', times: 'int' },
  change(db, p) {
    const renamed = db
      .$with('renamed')
      .as(
        db
          .update(users)
          .set({ username: p.username })
          .where(eq(users.id, p.userId))
          .returning({ id: users.id, username: users.username }),
      )
    const checked = db
      .$with('checked')
      .as(db.select({ ratio: sql<number>`1 / ${p.times}`.as('ratio') }).from(renamed))
    return {
      steps: [renamed, checked],
      records: { event: 'user_created', of: renamed, subject: renamed.id },
      answers: {
        from: [renamed, checked],
        columns: { username: renamed.username, ratio: checked.ratio },
      },
    }
  },
})

const usernameOf = read({
  name: 'toy_username_of',
  params: { userId: 'uuid' },
  find: (db, p) =>
    db.select({ username: users.username }).from(users).where(eq(users.id, p.userId)),
})

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const NOBODY = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'

describe('a state change', () => {
  it('answers what its steps did, in one round trip', async () => {
    const { id: userId } = await t.signup()
    const { db } = t.deps
    const change = () => rename(t.deps, { userId, username: 'renamed', times: 1 })
    expect(await t.roundTrips(change)).toBe(1)
    expect(await change()).toEqual({ username: 'renamed', ratio: 1 })
    expect(await usernameOf(db, { userId })).toEqual([{ username: 'renamed' }])
  })

  it('answers nulls where there was nothing to do', async () => {
    const outcome = await rename(t.deps, { userId: NOBODY, username: 'renamed', times: 1 })
    expect(outcome).toEqual({ username: null, ratio: null })
    expect(happened(outcome)).toBe(false)
  })

  it('does nothing of it where one step fails', async () => {
    const { id: userId, username } = await t.signup()
    const { db } = t.deps
    await expect(rename(t.deps, { userId, username: 'renamed', times: 0 })).rejects.toThrow()
    expect(await usernameOf(db, { userId })).toEqual([{ username }])
  })
})

describe('a declaration', () => {
  const step = (db: Database) => db.$with('found').as(db.select({ id: users.id }).from(users))

  it('names no step that is not among its steps', async () => {
    const absent = stateChange({
      name: 'toy_absent',
      params: { userId: 'uuid' },
      change: (db) => {
        const found = step(db)
        return {
          steps: [found],
          records: { event: 'user_created', of: step(db), subject: null },
          answers: { from: [found], columns: { id: found.id } },
        }
      },
    })
    await expect(absent(t.deps, { userId: NOBODY })).rejects.toThrow('absent names a step')
  })

  it('has an id that its answer can repeat', async () => {
    const anonymous = stateChange({
      name: 'toy_anonymous',
      params: { username: 'text' },
      change: (db) => {
        const found = step(db)
        return {
          steps: [found],
          records: { event: 'user_created', of: found, subject: found.id },
          answers: { from: [found], columns: { id: found.id } },
        }
      },
    })
    await expect(anonymous(t.deps, { username: 'x' })).rejects.toThrow('repeats at least one id')
  })
})

/** Never called: the compiler alone reads it. */
function doesNotCompile(step: Step): void {
  const { db } = t.deps
  const name = 'x'
  const params = { userId: 'uuid' } as const
  const answers = { from: [], columns: { id: users.id } }
  const unrecorded = () => ({ steps: [], answers })
  const unheardOf = () => ({ ...unrecorded(), records: { event: 'x', of: step, subject: null } })
  const recorded = {
    steps: [step],
    records: { event: 'user_created', of: step, subject: null },
  } as const
  const nullable = { from: [step], columns: { at: instant(users.lastLoginAt) } }
  const lastLogin = (d: Database) =>
    d.select({ at: instant(users.lastLoginAt).as('at') }).from(users)
  const find = (d: Database) => d.select({ id: users.id }).from(users)

  // @ts-expect-error what is not recorded
  stateChange({ name, params, change: unrecorded })
  // @ts-expect-error an event that is not in the list
  stateChange({ name, params, change: unheardOf })
  // @ts-expect-error a parameter of a type that is not known
  read({ name, params: { userId: 'guid' }, find })
  // @ts-expect-error a placeholder that was not declared
  read({ name, params, find: (d, p) => find(d).where(p.other) })
  // @ts-expect-error a value that is missing
  void rename(t.deps, { userId: NOBODY, username: 'x' })
  // @ts-expect-error a value of another type
  void rename(t.deps, { userId: NOBODY, username: 'x', times: '1' })
  // @ts-expect-error null, for a parameter that may not be null
  void rename(t.deps, { userId: NOBODY, username: null, times: 1 })
  // @ts-expect-error a row of which every column may be null
  read({ name, params, find: lastLogin })
  // @ts-expect-error a time, which does not come back as it was sent
  read({ name, params: { at: 'timestamptz' }, find })
  // @ts-expect-error an answer that may be null though its step has happened
  stateChange({ name, params, change: () => ({ ...recorded, answers: nullable }) })
  // @ts-expect-error a column that is not selected
  void usernameOf(db, { userId: NOBODY }).then(([found]) => found?.email)
}

it('is checked by the compiler', () => expect(doesNotCompile).toBeTypeOf('function'))
