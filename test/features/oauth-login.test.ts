import { afterAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { answered } from '../support/factors.ts'
import { FEDERATED, profileOf } from '../support/federated.ts'
import { signIn } from '../support/flow-browser.ts'
import { createTestApp } from '../support/runtime.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())

it('creates', async () => {
  const profile = profileOf({
    displayName: 'Grace Hopper',
    locale: 'en-GB',
    avatarUrl: 'https://example.org/g.png',
  })
  const first = await answered(signIn(t, profile))
  expect(first).toMatchObject({ token_type: 'bearer' })
  const me = await answered(t.get('/auth/me', first.access_token))
  expect(me).toMatchObject({
    username: profile.username,
    email: profile.email,
    email_verified: true,
    display_name: 'Grace Hopper',
    locale: 'en-GB',
    avatar_url: 'https://example.org/g.png',
  })
  const again = await answered(signIn(t, profile))
  expect((await answered(t.get('/auth/me', again.access_token))).id).toBe(me.id)
})
