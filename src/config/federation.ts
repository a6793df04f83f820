import { z } from 'zod'
import { type FederationSettings, LINKING_POLICIES } from '../core/federation/settings.ts'
import { isLoopbackHost } from '../utils/loopback.ts'
import { isOrigin } from '../utils/origins.ts'
import * as builtIn from './federation-built-in.ts'
import { genericProviders } from './federation-generic.ts'
import type { variables as httpVariables } from './http.ts'
import { type Rule, safeUrl, type ValuesOf } from './kinds.ts'
import type { variables as linkVariables } from './links.ts'

const urls = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((url) => url.trim())
      .filter(Boolean),
  )
  .refine(
    (list) => list.length > 0 && list.every(isReturnUrl),
    'must be a comma-separated list of https URLs, such as https://app.example.org/signed-in, with no #; http is for this machine alone',
  )
  .optional()

const own = {
  OAUTH_PROVIDERS: genericProviders,
  OAUTH_RETURN_URLS: urls,
  OAUTH_LINKING: z
    .enum(LINKING_POLICIES, `must be one of ${LINKING_POLICIES.join(', ')}`)
    .default('confirm'),
}

export const variables = { ...builtIn.variables, ...own }

type Values = ValuesOf<typeof own & typeof httpVariables & typeof linkVariables>

const NEEDS_PUBLIC_URL = 'is required to sign in at providers, which send browsers back there'

const ownRules: Rule<Values>[] = [
  {
    at: 'PUBLIC_URL',
    holds: (values, given) =>
      given.NODE_ENV !== 'production' || !isAnyOn(given) || values.PUBLIC_URL !== undefined,
    error: NEEDS_PUBLIC_URL,
  },
  {
    at: 'PUBLIC_URL',
    holds: (values) => !builtIn.isOn('apple', values) || isPublic(values.PUBLIC_URL),
    error:
      'must be https and not of this machine to sign in at Apple, which sends nobody elsewhere',
  },
]

export const rules: Rule<never>[] = [...builtIn.rules, ...ownRules]

export function settings(values: Values): FederationSettings {
  return {
    providers: [...builtIn.builtInProviders(values), ...values.OAUTH_PROVIDERS],
    returnUrls: values.OAUTH_RETURN_URLS ?? rootsOf(values),
    linking: values.OAUTH_LINKING,
  }
}

/** A Worker does not know by itself where providers send browsers back to. */
export function requiredOnWorkers(given: Record<string, unknown>): Record<string, string> {
  return isAnyOn(given) ? { PUBLIC_URL: NEEDS_PUBLIC_URL } : {}
}

function isAnyOn(given: Record<string, unknown>): boolean {
  const names = Object.keys(builtIn.variables).filter((name) => name.endsWith('_CLIENT_ID'))
  return ['OAUTH_PROVIDERS', ...names].some((name) => String(given[name] ?? '').trim() !== '')
}

/** Where a browser goes if nothing says so: to the pages that may call, or to this service. */
function rootsOf({ CORS_ORIGINS: origins, PUBLIC_URL: publicUrl }: Values): string[] {
  const roots = origins.filter(isOrigin).map((origin) => `${origin}/`)
  const safe = roots.filter(isReturnUrl)
  return safe.length > 0 || publicUrl === undefined ? safe : [`${publicUrl}/`]
}

function isReturnUrl(text: string): boolean {
  return safeUrl(text, /[#\\\s]/) !== undefined
}

function isPublic(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' && !isLoopbackHost(hostname)
}
