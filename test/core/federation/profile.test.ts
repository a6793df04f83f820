import { expect, it } from 'vitest'
import { profileFrom } from '../../../src/core/federation/protocol/profile.ts'
import { OPENID } from '../../../src/core/federation/spec.ts'
import { OTHER_SPELLINGS } from '../../support/providers.ts'

const ISSUER = 'https://p.example'
const SPEC = { ...OPENID, issuer: ISSUER, authoritativeDomains: ['example.org'] }
const CLAIMS = { sub: '1', email: 'maria@example.org', email_verified: true }

const PROFILE = {
  ...{ issuer: ISSUER, subject: '1', email: 'maria@example.org' },
  ...{ isEmailVouched: true, isEmailAuthoritative: true },
  ...{ username: null, displayName: null, avatarUrl: null, locale: null },
}

const profileOf = (claims: object) => profileFrom(SPEC, ISSUER, { ...CLAIMS, ...claims })

it.each(OTHER_SPELLINGS)('%j is the address of nobody', (email) => {
  expect(profileOf({ email })).toEqual({
    ...PROFILE,
    ...{ email: null, isEmailVouched: false, isEmailAuthoritative: false },
  })
})

it('an address is kept in its own letters', () => {
  const email = 'Maria@Example.org'
  expect(profileOf({ email })).toEqual({ ...PROFILE, email })
})

it('nothing is kept that no account may have', () => {
  const said = { name: 'G\u202eH', locale: 'not a locale', picture: 'javascript:alert(1)' }
  expect(profileOf({ ...said, preferred_username: 'a\u0000b' })).toEqual(PROFILE)
  expect(profileOf({ preferred_username: 'x'.repeat(101) })).toEqual(PROFILE)
  expect(profileOf({ preferred_username: '\ud800' })).toEqual(PROFILE)
  expect(profileOf({ locale: 'en-gb' })).toMatchObject({ locale: 'en-GB' })
})

it.each(['', 'x'.repeat(256), 'a\u0000b', '\ud800'])('%j is the subject of nobody', (sub) => {
  expect(() => profileOf({ sub })).toThrow('SUBJECT')
})

it('an issuer that is no key is none', () => {
  const long = `https://p.example/${'x'.repeat(500)}`
  expect(() => profileFrom(SPEC, long, CLAIMS)).toThrow('ISSUER_UNUSABLE')
})

it.each([null, 'nobody', 'a b@example.net', 'a@@example.net'])('%j is no address', (email) => {
  expect(profileOf({ email })).toMatchObject({
    ...{ email: null, isEmailVouched: false, isEmailAuthoritative: false },
  })
})
