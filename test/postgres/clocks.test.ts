import { decodeJwt } from 'jose'
import { afterEach, expect, it } from 'vitest'
import { createPostgresTestApp, type PostgresTestApp, WAYS } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { within } from '../support/patience.ts'

const MINUTE = 60_000
const SHIFTS: [string, number][] = [
  ['five minutes behind', -5 * MINUTE],
  ['five minutes ahead', 5 * MINUTE],
  ['an hour behind', -60 * MINUTE],
  ['an hour ahead', 60 * MINUTE],
  ['a session’s lifetime ahead', 24 * 60 * MINUTE],
]

const open: PostgresTestApp[] = []
afterEach(async () => {
  for (const t of open.splice(0).reverse()) await t.close()
})

type Shift = { by: number }

/** An instance of the service whose own clock is off by so much, over a database of its own or another's. */
async function instance(way: (typeof WAYS)[number], shift: Shift, other?: PostgresTestApp) {
  const warnings: unknown[] = []
  const t = await createPostgresTestApp({
    way,
    connect: {
      wall: () => Date.now() + shift.by,
      warn: (event, fields) => warnings.push([event, fields]),
    },
    ...(other && { through: () => other.url }),
  })
  open.push(t)
  return Object.assign(t, { warnings })
}

const issuedAt = (token: string) => Number(decodeJwt(token).iat) * 1000

it.each(WAYS.flatMap((way) => SHIFTS.map(([what, by]) => [way, what, by] as const)))(
  'by %s the service works with a clock that is %s, and says so once',
  async (way, _, by) => {
    const t = await instance(way, { by })
    await expectJourney(t)
    const { access_token } = await t.login(await t.signup())
    expect(Math.abs(issuedAt(access_token) - Date.now())).toBeLessThan(within(3_000))
    expect(t.warnings).toHaveLength(1)
    const [event, fields] = t.warnings[0] as [string, { seconds_ahead: number }]
    expect(event).toBe('clock_is_wrong')
    expect(Math.abs(fields.seconds_ahead - by / 1000)).toBeLessThan(3)
  },
)

it.each(WAYS)('by %s nobody is logged out when the clock is set, back or forth', async (way) => {
  const shift = { by: 0 }
  const t = await instance(way, shift)
  let tokens = await t.login(await t.signup())
  for (const by of [-60 * MINUTE, 60 * MINUTE, 0, 5 * MINUTE, -5 * MINUTE, 48 * 60 * MINUTE]) {
    shift.by = by
    expect((await t.get('/auth/me', tokens.access_token)).status).toBe(200)
    const answer = await t.refresh(tokens.refresh_token)
    expect(answer.status).toBe(200)
    tokens = await answer.json()
    expect(Math.abs(issuedAt(tokens.access_token) - Date.now())).toBeLessThan(within(3_000))
  }
})

it.each(WAYS)('by %s two instances with clocks ten minutes apart agree', async (way) => {
  const one = await instance(way, { by: 5 * MINUTE })
  const other = await instance(way, { by: -5 * MINUTE }, one)
  const person = await one.signup()
  let tokens = await one.login(person)
  for (let turn = 0; turn < 4; turn++) {
    const [here, there] = turn % 2 ? [one, other] : [other, one]
    expect((await here.get('/auth/me', tokens.access_token)).status).toBe(200)
    expect((await there.get('/auth/me', tokens.access_token)).status).toBe(200)
    const answer = await here.refresh(tokens.refresh_token)
    expect(answer.status).toBe(200)
    tokens = await answer.json()
  }
})

it('an instance that knows no time yet asks for it before it judges a token', async () => {
  const one = await instance('tcp', { by: 0 })
  const tokens = await one.login(await one.signup())
  const fresh = await instance('tcp', { by: -60 * MINUTE }, one)
  const first = () => fresh.get('/auth/me', tokens.access_token)
  expect(await fresh.roundTrips(async () => expect((await first()).status).toBe(200))).toBe(2)
  expect(await fresh.roundTrips(async () => expect((await first()).status).toBe(200))).toBe(1)
})

it('an expired token is refused by the database’s time, however slow the own clock is', async () => {
  const one = await instance('tcp', { by: 0 })
  const tokens = await one.login(await one.signup())
  one.advance(25 * 60 * 60)
  const answer = await one.get('/auth/me', tokens.access_token)
  expect((await answer.json()).code).toBe('token_expired')
})
