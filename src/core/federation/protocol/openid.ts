import {
  type AuthorizationServer,
  processUserInfoResponse,
  type TokenEndpointResponse,
  userInfoRequest,
} from 'oauth4webapi'
import { ProviderFault } from '../outbound.ts'
import type { AuthorizationResponse } from '../provider.ts'
import { requestOptions } from './addresses.ts'
import { verifiedClaims } from './keys.ts'
import type { KnownContext } from './known.ts'
import type { Claims } from './profile.ts'

/** A sign-in takes ten minutes at most, and clocks may be a little apart. */
const FRESH_SECONDS = 660

/**
 * Returns the claims of an id_token whose signature holds, with those of the userinfo where it has no email. Throws what is
 * wrong.
 */
export async function openidClaims(
  context: KnownContext,
  addresses: AuthorizationServer,
  { id_token: idToken = '', access_token: accessToken }: TokenEndpointResponse,
  { isReauth }: AuthorizationResponse,
  signal: AbortSignal,
): Promise<Claims> {
  const { settings } = context
  const claims = await verifiedClaims(context, addresses, idToken, signal)
  const { sub = '', azp } = claims
  if (azp !== undefined && azp !== settings.clientId) throw new ProviderFault('AUTHORIZED_PARTY')
  if (isReauth) requireFresh(context, claims)
  if (claims.email !== undefined || settings.lacksUserinfo || !addresses.userinfo_endpoint) {
    return claims
  }
  const client = { client_id: settings.clientId }
  const answer = await userInfoRequest(
    addresses,
    client,
    accessToken,
    requestOptions(context, signal),
  )
  // The signed ones count. What vouches for the email comes from where the email does.
  const { email_verified: _, ...signed } = claims
  return { ...(await processUserInfoResponse(addresses, client, sub, answer)), ...signed }
}

/**
 * Whoever is asked for a log-in of now by `max_age` must say when it was; by `prompt` alone it must not say that it was before.
 * Nothing can be expected of who is not asked, and may say that a log-in of last month still holds.
 */
function requireFresh({ settings, now }: KnownContext, { auth_time: at }: Claims): void {
  const { prompt, max_age: maxAge } = settings.atReauth ?? {}
  const isNeeded = maxAge !== undefined
  const isAsked = isNeeded || prompt === 'login'
  if (!isAsked || (at === undefined && !isNeeded)) return
  const isFresh = typeof at === 'number' && now().getTime() / 1000 - at <= FRESH_SECONDS
  if (!isFresh) throw new ProviderFault('NOT_FRESH')
}
