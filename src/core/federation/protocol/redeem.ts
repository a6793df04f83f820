import { decodeJwt } from 'jose'
import {
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  expectNoNonce,
  nopkce,
  processAuthorizationCodeResponse,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import type { ProviderContext } from '../create-providers.ts'
import { ProviderFault } from '../outbound.ts'
import type { AuthorizationResponse, ProviderProfile } from '../provider.ts'
import { addressesOf, CONSUMERS, refuseErrors, requestOptions } from './addresses.ts'
import { clientAuthOf } from './client-auth.ts'
import { asProvider } from './faults.ts'
import { type KnownContext, known } from './known.ts'
import { openidClaims } from './openid.ts'
import { namedInForm, plainClaims } from './plain.ts'
import { profileFrom } from './profile.ts'

const TENANT = '{tenantid}'
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Redeems a code and returns whose it is. Throws `provider_denied`, or `provider_failed` for all that is not as it must be. */
export function profileOf(
  given: ProviderContext,
  response: AuthorizationResponse,
  signal: AbortSignal,
): Promise<ProviderProfile> {
  return asProvider(async () => {
    const context = known(given)
    const { settings } = context
    const addresses = await addressesOf(context, signal)
    const { issuer, tokens } = await redeemed(context, addresses, response, signal)
    const own = { ...addresses, issuer }
    const claims = settings.endpoints
      ? await plainClaims(context, tokens, signal)
      : await openidClaims(context, own, tokens, response, signal)
    const named = settings.isFormPost ? namedInForm(response.parameters) : {}
    return profileFrom(settings, issuer, { ...named, ...claims })
  })
}

async function redeemed(
  context: KnownContext,
  addresses: AuthorizationServer,
  { parameters, state, redirectUri, codeVerifier, nonce }: AuthorizationResponse,
  signal: AbortSignal,
): Promise<{ issuer: string; tokens: TokenEndpointResponse }> {
  const { settings } = context
  const client = { client_id: settings.clientId }
  const [before, after] = addresses.issuer.split(TENANT)
  const many = after !== undefined
  // One for many tenants does not know yet whose answer it is, but that it is of one of them.
  const named = parameters.get('iss')
  const isOfOne = many && named?.startsWith(before ?? '')
  const responding = isOfOne ? { ...addresses, issuer: named ?? '' } : addresses
  const checked = validateAuthResponse(responding, client, parameters, state)
  const answer = await authorizationCodeGrantRequest(
    addresses,
    client,
    await clientAuthOf(settings, addresses),
    checked,
    redirectUri,
    settings.lacksPkce ? nopkce : codeVerifier,
    requestOptions(context, signal),
  )
  const said: unknown = await answer.clone().json()
  refuseErrors(said)
  const { tenant } = settings
  const issuer =
    tenant === undefined ? addresses.issuer : tenantIssuer(addresses.issuer, tenant, said)
  if (named !== null && named !== issuer) throw new ProviderFault('ISSUER')
  const isOpenid = !settings.endpoints
  const tokens = await processAuthorizationCodeResponse({ ...addresses, issuer }, client, answer, {
    ...(isOpenid ? { expectedNonce: settings.lacksNonce ? expectNoNonce : nonce } : {}),
    requireIdToken: isOpenid,
  })
  return { issuer, tokens }
}

/** Which tenants may sign in, by the word of the configuration. Any other word is the id of the only one. */
const ADMITS: Record<string, (tid: string) => boolean> = {
  common: () => true,
  organizations: (tid) => tid !== CONSUMERS,
  consumers: (tid) => tid === CONSUMERS,
}

/** The issuer that a token claims to be of, of a tenant that may sign in. That it is true, its signature says. */
function tenantIssuer(template: string, tenant: string, said: unknown): string {
  const { tid } = decodeJwt(String(Object(said).id_token))
  const admits = ADMITS[tenant] ?? ((one: string) => one === tenant)
  if (typeof tid !== 'string' || !UUID.test(tid) || !admits(tid)) throw new ProviderFault('TENANT')
  return template.replace(TENANT, tid)
}
