import { z } from 'zod'
import { MFA_POLICIES } from '../core/factors/assurance.ts'
import type { FactorSettings, WebauthnSettings } from '../core/factors/settings.ts'
import { isGuessable } from './guessable.ts'
import { flag, type Rule, secret, type ValuesOf } from './kinds.ts'
import type { variables as linkVariables } from './links.ts'

const MIN_KEY_BYTES = 32
const encoder = new TextEncoder()

/** One secret, or several by commas. */
const keys = secret
  .transform((text) => text.split(',').map((key) => key.trim()))
  .refine(
    (all) => all.every((key) => encoder.encode(key).length >= MIN_KEY_BYTES),
    'has a key that is too short: at least 32 bytes',
  )
  .refine((all) => !all.some(isGuessable), 'can be guessed; make one with: openssl rand -base64 48')
  .default([])

/** `scheme://host[:port]`, as browsers name an origin; any port of this machine by `*`. */
const ORIGIN = /^(https:\/\/[a-z0-9.-]+(:\d{1,5})?|http:\/\/localhost(:(\d{1,5}|\*))?)$/

const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => ORIGIN.test(origin)),
    'must be a comma-separated list of origins such as https://app.example.org, or http://localhost:*',
  )
  .optional()

const DOMAIN = /^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)$/

const IP_ADDRESS = /^(\[.*\]|[\d.]+)$/

export const variables = {
  REQUIRE_MFA: z.enum(MFA_POLICIES, `must be one of ${MFA_POLICIES.join(', ')}`).default('off'),
  LOGIN_CODES: flag(false),
  WEBAUTHN_RP_ID: z
    .string()
    .regex(DOMAIN, 'must be a domain such as example.org, with no scheme and no port')
    .optional(),
  WEBAUTHN_ORIGINS: origins,
  ENCRYPTION_KEYS: keys,
}

type Values = ValuesOf<typeof variables & typeof linkVariables>

export const rules: Rule<Values>[] = [
  {
    at: 'WEBAUTHN_ORIGINS',
    holds: (values) => {
      const { rpId, origins } = webauthnOf(values) ?? {}
      if (typeof rpId !== 'string' || !Array.isArray(origins)) return true
      return origins.every((origin) => isWithin(origin, rpId))
    },
    error: 'has an origin that is not of the domain WEBAUTHN_RP_ID: browsers refuse that',
  },
]

export function settings(values: Values): FactorSettings {
  return {
    requireMfa: values.REQUIRE_MFA,
    hasLoginCodes: values.LOGIN_CODES,
    webauthn: webauthnOf(values),
    encryptionKeys: values.ENCRYPTION_KEYS,
  }
}

/** Without a domain of their own passkeys belong to that of the app, or of this service. */
function webauthnOf(values: Values): WebauthnSettings | undefined {
  const base = values.APP_BASE_URL ?? values.PUBLIC_URL
  const parsed = typeof base === 'string' && URL.canParse(base) ? new URL(base) : undefined
  // An IP address is no domain that a passkey can belong to (WebAuthn level 3, section 5.1.2).
  const url = parsed && !IP_ADDRESS.test(parsed.hostname) ? parsed : undefined
  const rpId = values.WEBAUTHN_RP_ID ?? url?.hostname
  const origins = values.WEBAUTHN_ORIGINS ?? (url ? [url.origin] : undefined)
  return rpId === undefined || origins === undefined ? undefined : { rpId, origins }
}

/** Those by which the service finds the domain of passkeys by itself. */
const SAYS_WHERE = ['WEBAUTHN_RP_ID', 'WEBAUTHN_ORIGINS', 'APP_BASE_URL', 'PUBLIC_URL']

/**
 * Lets pages on this machine use passkeys, at any port, where nothing says where they are used. Not in production, where
 * nobody would know why they fail elsewhere.
 */
export function withLocalPasskeys<Variables extends Record<string, unknown>>(
  given: Variables,
): Variables {
  const isSaid = SAYS_WHERE.some((name) => String(given[name] ?? '').trim() !== '')
  if (given.NODE_ENV === 'production' || isSaid) return given
  return { ...given, WEBAUTHN_RP_ID: 'localhost', WEBAUTHN_ORIGINS: 'http://localhost:*' }
}

function isWithin(origin: string, rpId: string): boolean {
  const host = origin.replace(/^https?:\/\//, '').replace(/:.*$/, '')
  return host === rpId || host.endsWith(`.${rpId}`)
}
