import { expect, it } from 'vitest'
import { boundedProfile } from '../../../src/core/federation/arrival.ts'
import { OTHER_SPELLINGS } from '../../support/providers.ts'

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
