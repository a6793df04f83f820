import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
} from 'oauth4webapi'
import { isLoopbackHost } from '../../../utils/loopback.ts'
import type { ProviderMemory } from '../create-providers.ts'
import { ProviderFault } from '../outbound.ts'
import { errorCode } from './faults.ts'
import type { KnownContext, KnownProvider } from './known.ts'

const HOUR_MILLISECONDS = 3_600_000
/** The tenant of everybody's own accounts, and those who stand for many. */
export const CONSUMERS = '9188040d-6c67-4b5b-b112-36a304b66dad'
const OF_MANY = ['common', 'organizations']
const TENANT = '{tenantid}'

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
] as const

/** What the protocol's library takes with each request: how to send it, and until when. */
export function requestOptions(context: KnownContext, signal: AbortSignal) {
  return {
    [customFetch]: (url: string, init: Sent) => send(context, url, init, signal),
    // `allowedUrl` says where http is allowed.
    [allowInsecureRequests]: true,
  }
}

type Sent = {
  method: string
  headers: Record<string, string>
  body?: unknown
}

/** Asks a provider at an address that the configuration names, or refuses to. */
export async function send(
  { settings, ask }: KnownContext,
  address: string,
  { method, headers, body }: Sent,
  signal: AbortSignal,
): Promise<Response> {
  const url = allowedUrl(settings, address)
  const form = body instanceof URLSearchParams ? body : undefined
  return ask(url, { method, headers, body: form }, signal)
}

/** Returns where a provider is asked: what its literal says, or its discovery, which is kept for an hour. */
export async function addressesOf(
  context: KnownContext,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  const { settings, memory, now } = context
  const { endpoints, issuer } = settings
  if (endpoints) {
    const { authorization, token } = endpoints
    return { issuer, authorization_endpoint: authorization, token_endpoint: token }
  }
  const known = recalled<AuthorizationServer>(context, 'metadata')
  if (known) return known
  const value = await discovered(context, signal)
  memory.metadata = { value, at: now().getTime() }
  return value
}

/** Returns what was remembered in the last hour. */
export function recalled<Value>(
  { memory, now }: KnownContext,
  what: keyof ProviderMemory,
): Value | undefined {
  const kept = memory[what]
  return kept && Math.abs(now().getTime() - kept.at) < HOUR_MILLISECONDS
    ? (kept.value as Value)
    : undefined
}

async function discovered(
  context: KnownContext,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  const { settings } = context
  const { issuer, tenant = '' } = settings
  const answer = await discoveryRequest(new URL(issuer.replace(TENANT, tenant)), {
    ...requestOptions(context, signal),
  })
  if (answer.status !== 200) throw new ProviderFault(`DISCOVERY_HTTP_${answer.status}`)
  const said = Object(await answer.json()) as AuthorizationServer
  if (said.issuer !== expectedIssuer(issuer, tenant)) throw new ProviderFault('DISCOVERY_ISSUER')
  for (const name of ENDPOINTS) {
    if (name !== 'userinfo_endpoint' || said[name] !== undefined) allowedUrl(settings, said[name])
  }
  return {
    issuer: said.issuer,
    ...Object.fromEntries(ENDPOINTS.map((name) => [name, said[name]])),
    ...listed(said, 'id_token_signing_alg_values_supported'),
    ...listed(said, 'token_endpoint_auth_methods_supported'),
    authorization_response_iss_parameter_supported:
      said.authorization_response_iss_parameter_supported === true,
  }
}

function listed(said: AuthorizationServer, name: keyof AuthorizationServer) {
  const list = said[name]
  return Array.isArray(list) && list.every((one) => typeof one === 'string') ? { [name]: list } : {}
}

/** What the discovery must say of itself. One for many tenants names none. */
function expectedIssuer(issuer: string, tenant: string): string {
  return OF_MANY.includes(tenant)
    ? issuer
    : issuer.replace(TENANT, tenant === 'consumers' ? CONSUMERS : tenant)
}

/** Returns an address if the configuration names its origin. Throws `ProviderFault` for all others. */
export function allowedUrl(settings: KnownProvider, address: unknown): URL {
  if (typeof address !== 'string' || !URL.canParse(address)) throw new ProviderFault('ADDRESS_NONE')
  const url = new URL(address)
  const { issuer, endpoints, origins } = settings
  const named = [issuer, ...Object.values(endpoints ?? {}), ...origins]
  const isNamed = named.some((one) => new URL(one).origin === url.origin)
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (!isNamed || !isSafe || url.username || url.password) {
    throw new ProviderFault('ADDRESS_NOT_NAMED')
  }
  return url
}

/** Throws what an answer says of an error. Some say it with status 200. */
export function refuseErrors(answer: unknown): void {
  const { error } = Object(answer)
  if (error === undefined || error === null) return
  throw new ProviderFault(errorCode(typeof error === 'string' ? error : ''))
}
