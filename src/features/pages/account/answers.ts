import type { Visit } from '../kit/visit.ts'

/** What these pages read of the API's answers, by its own response schemas. */
export type User = {
  username: string
  email: string
  email_verified: boolean
  display_name: string | null
  locale: string | null
  avatar_url: string | null
}

export type Passkey = {
  id: string
  name: string
  created_at: string
  last_used_at: string | null
  synced: boolean
  suspended: boolean
}

export type Factors = {
  totp: { created_at: string } | null
  passkeys: Passkey[]
  recovery_codes_left: number
}

export type Identity = {
  id: string
  provider: string
  provider_name: string
  email: string | null
  created_at: string
  last_used_at: string | null
}

export type Identities = { identities: Identity[]; has_password: boolean }
export type Providers = { providers: { id: string; name: string }[] }

export const userOf = (visit: Visit) => visit.need<User>({ method: 'GET', path: '/auth/me' })
export const factorsOf = (visit: Visit) =>
  visit.need<Factors>({ method: 'GET', path: '/auth/factors' })
export const identitiesOf = (visit: Visit) =>
  visit.need<Identities>({ method: 'GET', path: '/auth/identities' })
export const providersOf = (visit: Visit) =>
  visit.need<Providers>({ method: 'GET', path: '/auth/providers' })
