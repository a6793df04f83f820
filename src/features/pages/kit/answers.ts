import type { FactorList } from '../../../http/factor-list.ts'
import type { IdentityList } from '../../../http/identity-list.ts'
import type { User as UserSchema, WireForm } from '../../../http/schemas.ts'
import type { SessionList } from '../../../http/session-list.ts'
import type { Visit } from './visit.ts'

/** What these pages read of the API's answers, by its own schemas. */
export type User = WireForm<typeof UserSchema>
export type Factors = WireForm<typeof FactorList>
export type Passkey = Factors['passkeys'][number]
export type Identities = WireForm<typeof IdentityList>
export type Identity = Identities['identities'][number]
export type Sessions = WireForm<typeof SessionList>
export type Session = Sessions['sessions'][number]
export type Providers = { providers: { id: string; name: string }[] }

export const userOf = (visit: Visit) => visit.need<User>({ method: 'GET', path: '/auth/me' })
export const factorsOf = (visit: Visit) =>
  visit.need<Factors>({ method: 'GET', path: '/auth/factors' })
export const identitiesOf = (visit: Visit) =>
  visit.need<Identities>({ method: 'GET', path: '/auth/identities' })
export const providersOf = (visit: Visit) =>
  visit.need<Providers>({ method: 'GET', path: '/auth/providers' })
