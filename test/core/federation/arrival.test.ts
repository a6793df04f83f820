import { expect, it } from 'vitest'
import { boundedProfile } from '../../../src/core/federation/arrival.ts'
import { OTHER_SPELLINGS, refusal } from '../../support/providers.ts'

const PROFILE = {
  ...{ issuer: 'https://p.example', subject: '1', email: 'maria@example.org' },
  ...{ isEmailVouched: true, isEmailAuthoritative: true },
  ...{ username: null, displayName: null, avatarUrl: null, locale: null },
}

it.each(OTHER_SPELLINGS)('%j is the address of nobody', (email) => {
  expect(boundedProfile({ ...PROFILE, email })).toEqual({
    ...PROFILE,
    ...{ email: null, isEmailVouched: false, isEmailAuthoritative: false },
  })
})

it('an address is kept in its own letters', () => {
  const email = 'Maria@Example.org'
  expect(boundedProfile({ ...PROFILE, email })).toEqual({ ...PROFILE, email })
})

it('nothing is kept that no account may have', () => {
  const said = { displayName: 'G\u202eH', locale: 'not a locale', avatarUrl: 'javascript:alert(1)' }
  expect(boundedProfile({ ...PROFILE, ...said })).toEqual(PROFILE)
  expect(boundedProfile({ ...PROFILE, locale: 'en-gb' })).toMatchObject({ locale: 'en-GB' })
})

it.each(['', 'x'.repeat(256), 'a\u0000b'])('%j is the subject of nobody', async (subject) => {
  const bounded = async () => boundedProfile({ ...PROFILE, subject })
  expect(await refusal(bounded())).toMatchObject({ code: 'provider_failed' })
})

it.each([null, 'nobody', 'a b@example.net', 'a@@example.net'])('%j is no address', (email) => {
  expect(boundedProfile({ ...PROFILE, email })).toMatchObject({
    ...{ email: null, isEmailVouched: false, isEmailAuthoritative: false },
  })
})
