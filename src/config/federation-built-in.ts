import { z } from 'zod'
import { BUILT_IN, type ProviderName } from '../core/federation/names.ts'
import type { ProviderSettings } from '../core/federation/settings.ts'
import { baseUrl, type Rule, secret } from './kinds.ts'

/** What RFC 6749 lets a client id and a secret be made of (appendix A). */
const VISIBLE = /^[\x20-\x7e]{1,1000}$/
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const PEM =
  /^-----BEGIN PRIVATE KEY-----\s([A-Za-z\d+/=\s]{100,1000})\s-----END PRIVATE KEY-----\s*$/
/** How a key on the curve P-256 says so (RFC 5480 section 2.1.1.1). */
const P256 = '\x2a\x86\x48\xce\x3d\x03\x01\x07'

export const clientId = z.string().regex(VISIBLE, 'must be visible ASCII characters')
export const clientSecret = secret.regex(VISIBLE, 'must be visible ASCII characters')

/** Apple takes a token that is signed anew each time for a secret. */
const signingKey = secret
  .transform((text) => text.replaceAll('\\n', '\n'))
  .refine(isP256Key, 'must be the text of the .p8 file: a PKCS #8 key for ES256 in PEM')
const appleId = z.string().regex(/^[A-Z\d]{10}$/, 'must be ten capital letters and digits')

const CREDENTIALS: Record<string, Record<string, z.ZodType<string>>> = {
  apple: { CLIENT_ID: clientId, TEAM_ID: appleId, KEY_ID: appleId, PRIVATE_KEY: signingKey },
}
const USUAL = { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret }

const tenant = z
  .string()
  .refine(
    (text) => ['common', 'organizations', 'consumers'].includes(text) || UUID.test(text),
    'must be common, organizations, consumers or the id of a directory',
  )
const OPTIONS: Record<string, Record<string, z.ZodType<string>>> = {
  microsoft: { TENANT: tenant },
}

/** Whose base URL may be changed in production: it is the address of an installation there. */
const INSTALLED_ANYWHERE = ['gitlab']

type Values = Record<string, unknown>
type Named = Record<string, z.ZodType<string>>

function nameOf(id: string, what: string): string {
  return `OAUTH_${id.toUpperCase()}_${what}`
}

function credentialsOf(id: string): string[] {
  return Object.keys(CREDENTIALS[id] ?? USUAL).map((what) => nameOf(id, what))
}

function extrasOf(id: string): string[] {
  return ['BASE_URL', ...Object.keys(OPTIONS[id] ?? {})].map((what) => nameOf(id, what))
}

function variablesOf({ id }: ProviderName) {
  const all: Named = { ...(CREDENTIALS[id] ?? USUAL), ...OPTIONS[id], BASE_URL: baseUrl }
  return Object.entries(all).map(([what, type]) => [nameOf(id, what), type.optional()] as const)
}

export const variables = Object.fromEntries(BUILT_IN.flatMap(variablesOf))

export const rules: Rule<Values>[] = BUILT_IN.flatMap(({ id }) => {
  const credentials = credentialsOf(id)
  const all = [...credentials, ...extrasOf(id)]
  const base = nameOf(id, 'BASE_URL')
  return [
    ...credentials.map((at) => ({
      at,
      holds: (values: Values) =>
        values[at] !== undefined || all.every((name) => values[name] === undefined),
      error: `is required beside the other variables that begin with ${nameOf(id, '')}`,
    })),
    {
      at: base,
      holds: (values, given) =>
        given.NODE_ENV !== 'production' ||
        values[base] === undefined ||
        (INSTALLED_ANYWHERE.includes(id) && String(values[base]).startsWith('https:')),
      error: INSTALLED_ANYWHERE.includes(id)
        ? 'must be https with NODE_ENV=production'
        : 'must not be set with NODE_ENV=production',
    },
  ]
})

/** True if somebody is sent to the provider itself, and not to what stands for it in tests. */
export function isOn(id: string, values: Values): boolean {
  return (
    values[nameOf(id, 'CLIENT_ID')] !== undefined && values[nameOf(id, 'BASE_URL')] === undefined
  )
}

/** Returns the providers whose credentials are there. */
export function builtInProviders(values: Values): ProviderSettings[] {
  return BUILT_IN.filter(({ id }) => values[nameOf(id, 'CLIENT_ID')] !== undefined).map((name) => {
    const text = (what: string) => values[nameOf(name.id, what)] as string | undefined
    const privateKey = text('PRIVATE_KEY')
    return {
      ...name,
      clientId: text('CLIENT_ID') ?? '',
      clientSecret: text('CLIENT_SECRET'),
      signingKey:
        privateKey === undefined
          ? undefined
          : { teamId: text('TEAM_ID') ?? '', keyId: text('KEY_ID') ?? '', privateKey },
      baseUrl: text('BASE_URL'),
      tenant: text('TENANT'),
    }
  })
}

function isP256Key(text: string): boolean {
  const [, body = ''] = PEM.exec(text) ?? []
  try {
    return atob(body.replace(/\s/g, '')).includes(P256)
  } catch {
    return false
  }
}
