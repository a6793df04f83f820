import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { withTotp } from '../support/enrolled.ts'
import { answered } from '../support/factors.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
}

describe('what access tokens say of a proof', () => {
  it('is of the second factor for a user who has one: a password makes it no fresher', async () => {
    const { person, token } = await withTotp(t)
    const { access_token } = await answered(
      t.post('/auth/reauth', { password: person.password }, token),
    )
    const { acr, auth_time, iat } = claimsOf(access_token)
    expect(acr).toBe('aal2')
    expect(Number(iat) - Number(auth_time)).toBeGreaterThan(600)
  })

  it('is brought to what REQUIRE_MFA asks for by a refresh, and back', async () => {
    const strict = await t.beside({ env: { REQUIRE_MFA: 'all' } })
    const { refresh_token } = await t.login(await t.signup())
    const held = await answered(strict.refresh(refresh_token))
    expect(claimsOf(held.access_token).acr).toBe('aal0')
    const freed = await answered(t.refresh(held.refresh_token))
    expect(claimsOf(freed.access_token).acr).toBe('aal1')
  })
})
