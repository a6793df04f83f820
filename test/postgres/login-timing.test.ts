import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { GENEROUS } from '../support/limits.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'

const TOLERANCE = 0.1
/** A machine that is busy with something else distorts a run. A difference that is there is there in all of them. */
const RUNS = 4
const PEOPLE = 60
const WRONG = 'not the password of anybody'

type Person = { username: string; password: string }

let t: PostgresTestApp
/** Limits count in both. In one nothing reaches them, in the other one wrong password slows an account down for a day. */
let counting: NodeProcess
let slowing: NodeProcess
const people: Person[] = []
const disabled: Person[] = []
const names: string[] = []

beforeAll(async () => {
  t = await createPostgresTestApp()
  const env = { DATABASE_URL: t.url, TRUSTED_PROXY_COUNT: '1' }
  counting = await startNode(env)
  const strict = GENEROUS.replace(/login_account=[^,]+/, 'login_account=1/1d')
  slowing = await startNode({ ...env, RATE_LIMITS: strict })
  for (let at = 0; at < PEOPLE; at++) {
    names.push(`nobody${crypto.randomUUID().slice(0, 8)}`)
    people.push(await newcomer())
    if (at < PEOPLE / 2) disabled.push(await newcomer())
  }
  for (const { username } of disabled) {
    await t.sql`update users set disabled_at = now() where username = ${username}`
  }
})
afterAll(async () => {
  await counting?.kill()
  await slowing?.kill()
  await t.close()
})

/** Signs up and logs in by the service, which hashes as in production; tests' own apps hash less. */
async function newcomer(): Promise<Person> {
  const username = `t${crypto.randomUUID().slice(0, 12)}`
  const person = { username, email: `${username}@example.org`, password: PASSWORD }
  const signedUp = await counting.post('/auth/signup', person)
  // From elsewhere than the log-ins that are timed, which look whether there is a session from where they come.
  const loggedIn = await counting.request('/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '2001:db8:9:9::9' },
    body: JSON.stringify({ username_or_email: username, password: PASSWORD }),
  })
  expect([signedUp.status, loggedIn.status]).toEqual([201, 200])
  return person
}

/** One log-in, by the number of the call. */
type Attempt = (at: number) => { name: string; password: string }
type Kinds = Record<string, Attempt>

const of = <T>(list: T[], at: number): T => list[at % list.length] as T

async function millisecondsOf(service: NodeProcess, attempt: Attempt, at: number, status: number) {
  const { name, password } = attempt(at)
  const startedAt = performance.now()
  const answer = await service.post('/auth/login', { username_or_email: name, password })
  await answer.text()
  const milliseconds = performance.now() - startedAt
  expect(answer.status).toBe(status)
  return milliseconds
}

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** The medians of calls that take turns, each time in another order. */
async function mediansOf(service: NodeProcess, kinds: Kinds, status: number, calls: number) {
  const order = Object.entries(kinds)
  const times: Record<string, number[]> = {}
  for (let at = 0; at < calls; at++) {
    order.push(...order.splice(0, 1))
    for (const [name, attempt] of order) {
      times[name] = [...(times[name] ?? []), await millisecondsOf(service, attempt, at, status)]
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, of]) => [name, median(of)]))
}

/** Asserts that no kind differs from another by more than the tolerance, in one of the runs. Returns its medians. */
async function expectAlike(service: NodeProcess, kinds: Kinds, status: number, calls: number) {
  const runs: { difference: number; medians: Record<string, number> }[] = []
  do {
    const medians = await mediansOf(service, kinds, status, calls)
    const all = Object.values(medians)
    runs.push({ medians, difference: Math.max(...all) / Math.min(...all) - 1 })
  } while (Math.min(...runs.map(({ difference }) => difference)) > TOLERANCE && runs.length < RUNS)
  const best = runs.toSorted((a, b) => a.difference - b.difference)[0]
  expect(best?.difference, JSON.stringify(runs)).toBeLessThanOrEqual(TOLERANCE)
  return all(best?.medians)
}

const all = (medians: Record<string, number> = {}) => Object.values(medians)

it('a refused log-in takes as long, whyever it is refused', async () => {
  const kinds: Kinds = {
    'an unknown name': (at) => ({ name: of(names, at), password: WRONG }),
    'a wrong password': (at) => ({ name: of(people, at).username, password: WRONG }),
    'a disabled user, with the right password': (at) => {
      const { username, password } = of(disabled, at)
      return { name: username, password }
    },
  }
  await mediansOf(counting, kinds, 401, 10)
  await expectAlike(counting, kinds, 401, 60)
})

it('a log-in to an account that is slowed down takes as long, whatever its password, and costs no hash', async () => {
  const slowed = [...people.map(({ username }) => username), ...names]
  const hashed: number[] = []
  const slow: Attempt = (at) => ({ name: slowed[at] ?? '', password: WRONG })
  for (const at of slowed.keys()) hashed.push(await millisecondsOf(slowing, slow, at, 401))
  const kinds: Kinds = {
    'the right password': (at) => {
      const { username, password } = of(people, at)
      return { name: username, password }
    },
    'a wrong password': (at) => ({ name: of(people, at).username, password: WRONG }),
    'a name that nobody has': (at) => ({ name: of(names, at), password: WRONG }),
  }
  await mediansOf(slowing, kinds, 429, 30)
  const refused = await expectAlike(slowing, kinds, 429, 200)
  expect(Math.max(...refused)).toBeLessThan(median(hashed) / 2)
})
