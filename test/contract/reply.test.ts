import { expect, it } from 'vitest'
import { createRoute, createRouter, json, reply } from '../../src/http/router.ts'
import { User } from '../../src/http/schemas.ts'

const user = {
  id: '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
  username: 'ada',
  email: 'ada@example.org',
  email_verified: false,
  created_at: '2026-01-31T12:00:00.000Z',
  display_name: null,
  locale: null,
  avatar_url: null,
  user_data: { theme: { dark: true } },
  app_data: {},
  roles: ['user'],
  permissions: [],
}

/** A route whose handler hands `reply` a whole row, as a careless one might. */
function careless(row: Record<string, unknown>) {
  const responses = { 200: json(User, 'A user.') }
  const route = createRoute({ method: 'get', path: '/', responses })
  const router = createRouter()
  router.use(async (c, next) => {
    c.set('requestId', 'careless')
    c.set('responseHeaders', {})
    await next()
  })
  router.openapi(route, (c) => reply(c, User, row as typeof user, 200))
  router.onError((_error, c) => c.text('refused', 500))
  return router.request('/')
}

it('an answer has what its schema names and nothing else of the row', async () => {
  const answer = await careless({ ...user, password_hash: '$argon2id$', usernameKey: 'ada' })
  expect(await answer.json()).toEqual(user)
})

it.each([
  ['a member is missing', { ...user, email: undefined }],
  ['a member is of another type', { ...user, id: 1 }],
])('is not sent at all where %s', async (_what, row) => {
  const answer = await careless(row)
  expect([answer.status, await answer.text()]).toEqual([500, 'refused'])
})
