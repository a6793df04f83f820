import { z } from 'zod'
import { BUILT_IN, CLIENT_AUTH_METHODS } from '../core/federation/names.ts'
import type { ProviderSettings } from '../core/federation/settings.ts'
import { isOrigin } from '../utils/origins.ts'
import { displayNameOf } from '../utils/profile.ts'
import { clientId, clientSecret } from './federation-built-in.ts'
import { safeUrl } from './kinds.ts'

const MAX_PROVIDERS = 50
const DOMAIN = /^[a-z\d-]+(\.[a-z\d-]+)+$/
/** RFC 6749 section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/

const isText = (value: unknown): value is string => typeof value === 'string'
const isListOf = (value: unknown, is: (one: string) => boolean) =>
  Array.isArray(value) && value.length <= 20 && value.every((one) => isText(one) && is(one))

/** Each member of an entry, by what its value must be. Only those with a question mark may be missing. */
const MEMBERS: Record<
  string,
  { is: (value: unknown) => boolean; must: string; isOptional?: true }
> = {
  id: {
    is: (value) =>
      isText(value) && /^[a-z\d-]{1,32}$/.test(value) && !BUILT_IN.some(({ id }) => id === value),
    must: 'must be 1 to 32 of a-z, 0-9 and -, and none of those that are built in',
  },
  name: {
    is: (value) => isText(value) && displayNameOf(value) === value,
    must: 'must be a text of 1 to 100 characters',
  },
  issuer: {
    is: (value) => isText(value) && isSafeUrl(value),
    must: 'must be an https URL, exactly as the provider writes it; http is for this machine alone',
  },
  client_id: {
    is: (value) => clientId.safeParse(value).success,
    must: 'must be visible ASCII characters',
  },
  client_secret: {
    is: (value) => clientSecret.safeParse(value).success,
    must: 'must be visible ASCII characters, and no placeholder',
    isOptional: true,
  },
  scopes: {
    is: (value) => isListOf(value, (scope) => SCOPE.test(scope)),
    must: 'must be a list of scopes, such as ["email"]',
    isOptional: true,
  },
  origins: {
    is: (value) => isListOf(value, (origin) => isOrigin(origin) && isSafeUrl(origin)),
    must: 'must be a list of https origins, such as ["https://keys.example.org"]',
    isOptional: true,
  },
  authoritative_domains: {
    is: (value) => isListOf(value, (domain) => DOMAIN.test(domain)),
    must: 'must be a list of domains, such as ["example.org"]',
    isOptional: true,
  },
  email_domains: {
    is: (value) => isListOf(value, (domain) => DOMAIN.test(domain)),
    must: 'must be a list of domains, such as ["example.org"]',
    isOptional: true,
  },
  token_endpoint_auth_method: {
    is: (value) => CLIENT_AUTH_METHODS.some((method) => method === value),
    must: `must be one of ${CLIENT_AUTH_METHODS.join(', ')}`,
    isOptional: true,
  },
}

type Entry = {
  id: string
  name: string
  issuer: string
  client_id: string
  client_secret?: string
  scopes?: string[]
  origins?: string[]
  authoritative_domains?: string[]
  email_domains?: string[]
  token_endpoint_auth_method?: (typeof CLIENT_AUTH_METHODS)[number]
}

/** Any providers that speak OpenID Connect, as a list in JSON. */
export const genericProviders = z
  .string()
  .transform((text, context): ProviderSettings[] => {
    const entries = listOf(text)
    const faults = entries ? entries.flatMap(faultsOf) : ['must be a list of objects in JSON']
    const ids = new Set(entries?.map(({ id }) => id))
    if (faults.length === 0 && ids.size !== entries?.length) faults.push('has an id twice')
    for (const fault of faults) context.addIssue(fault)
    return faults.length === 0 ? (entries as Entry[]).map(settingsOf) : z.NEVER
  })
  .default([])

function listOf(text: string): Record<string, unknown>[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    const isList =
      Array.isArray(list) &&
      list.length <= MAX_PROVIDERS &&
      list.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
    return isList ? list : undefined
  } catch {
    return undefined
  }
}

function faultsOf(entry: Record<string, unknown>, at: number): string[] {
  const where = `entry ${at + 1}`
  const unknown = Object.keys(entry).filter((name) => !Object.hasOwn(MEMBERS, name))
  return [
    ...unknown.map((name) => `${where} has the member ${JSON.stringify(name)}, which is not known`),
    ...Object.entries(MEMBERS).flatMap(([name, { is, must, isOptional }]) => {
      const value = entry[name]
      if (value === undefined) return isOptional ? [] : [`${where}: ${name} is required`]
      return is(value) ? [] : [`${where}: ${name} ${must}`]
    }),
    ...(['client_secret_basic', 'client_secret_post'].includes(
      String(entry.token_endpoint_auth_method),
    ) && entry.client_secret === undefined
      ? [`${where}: client_secret is required with this token_endpoint_auth_method`]
      : []),
  ]
}

function settingsOf(entry: Entry): ProviderSettings {
  const { scopes = ['email', 'profile'], token_endpoint_auth_method: clientAuth } = entry
  const { email_domains: emailDomains } = entry
  return {
    id: entry.id,
    name: entry.name,
    clientId: entry.client_id,
    clientSecret: entry.client_secret,
    openid: {
      issuer: entry.issuer,
      origins: entry.origins ?? [],
      scope: [...new Set(['openid', ...scopes])].join(' '),
      authoritativeDomains: entry.authoritative_domains ?? [],
      ...(emailDomains === undefined ? {} : { emailDomains }),
      ...(clientAuth === undefined ? {} : { clientAuth }),
    },
  }
}

/** True for a URL that has nothing behind its path. */
function isSafeUrl(text: string): boolean {
  return safeUrl(text, /[?#\\\s]/) !== undefined
}
