import { mailboxAsWritten } from '../../../utils/identifiers.ts'
import { avatarUrlOf, displayNameOf, localeOf } from '../../../utils/profile.ts'
import { isStorable } from '../../../utils/storable.ts'
import { ProviderFault } from '../outbound.ts'
import type { ProviderProfile } from '../provider.ts'
import type { ProviderSpec, Template } from '../spec.ts'

/** What a provider said of a user. */
export type Claims = Readonly<Record<string, unknown>>

/** OpenID Connect Core, section 2. Issuers have no bound of their own. */
const MAX_SUBJECT_CHARACTERS = 255
const MAX_ISSUER_CHARACTERS = 500
const MAX_USERNAME_CHARACTERS = 100
const CONTROL_CHARACTER = /\p{Cc}/u
/** Some write what is true as a text or a number. */
const TRUE: readonly unknown[] = [true, 'true', 1, '1']

/**
 * Returns what is kept of the claims: each part in the form in which accounts have it, or null. An address that is no mailbox
 * in just that spelling is none. Throws `ProviderFault` without a usable subject: that alone must be there.
 */
export function profileFrom(spec: ProviderSpec, issuer: string, claims: Claims): ProviderProfile {
  const text = (template: Template | undefined) => template && filled(template, claims)
  const subject = text(spec.subject)
  if (!isBounded(issuer, MAX_ISSUER_CHARACTERS)) throw new ProviderFault('ISSUER_UNUSABLE')
  if (!isBounded(subject, MAX_SUBJECT_CHARACTERS)) throw new ProviderFault('SUBJECT')
  const email = mailboxAsWritten(text(spec.email) ?? '') ?? null
  const isEmailVouched = email !== null && isVerified(spec, claims) && mayVouch(spec, email)
  const username = text(spec.username)
  return {
    issuer,
    subject,
    email,
    isEmailVouched,
    isEmailAuthoritative: isEmailVouched && isAuthoritative(spec, email, claims),
    username: isBounded(username, MAX_USERNAME_CHARACTERS) ? username : null,
    displayName: displayNameOf(text(spec.displayName) ?? '') ?? null,
    avatarUrl: avatarUrlOf(text(spec.avatarUrl) ?? '') ?? null,
    locale: localeOf(text(spec.locale) ?? '') ?? null,
  }
}

function isBounded(text: string | undefined, max: number): text is string {
  if (text === undefined || text === '' || text.length > max) return false
  return isStorable(text) && !CONTROL_CHARACTER.test(text)
}

/** True for what means true. A text "false" is not. */
export function isTrue(value: unknown): boolean {
  return TRUE.includes(value)
}

function isVerified({ verifiedBy }: ProviderSpec, claims: Claims): boolean {
  return verifiedBy === true || (verifiedBy !== undefined && isTrue(claims[verifiedBy]))
}

function isAuthoritative(
  { authoritativeDomains, hostedDomainBy }: ProviderSpec,
  email: string,
  claims: Claims,
): boolean {
  const domain = domainOf(email)
  const hosted = hostedDomainBy === undefined ? undefined : claims[hostedDomainBy]
  const isHosted = typeof hosted === 'string' && hosted.toLowerCase() === domain
  return isHosted || authoritativeDomains.includes(domain)
}

function mayVouch({ emailDomains }: ProviderSpec, email: string): boolean {
  return emailDomains?.includes(domainOf(email)) ?? true
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase()
}

/** Puts claims in their places, or returns undefined if one is missing, or is neither a text nor a whole number. */
function filled(template: Template, claims: Claims): string | undefined {
  let isWhole = true
  const text = template.replace(/\{([^{}]+)\}/g, (_, path: string) => {
    const value = claimAt(claims, path)
    isWhole &&= value !== undefined
    return value ?? ''
  })
  return isWhole ? text : undefined
}

/** A claim by its name, which may have dots in it, or else by a path. */
function claimAt(claims: Claims, path: string): string | undefined {
  const names = Object.hasOwn(claims, path) ? [path] : path.split('.')
  const value = names.reduce<unknown>((at, name) => {
    const members = Object(at)
    return Object.hasOwn(members, name) ? members[name] : undefined
  }, claims)
  if (Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
