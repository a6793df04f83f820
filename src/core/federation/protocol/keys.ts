import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { AuthorizationServer } from 'oauth4webapi'
import { ProviderFault } from '../outbound.ts'
import { recalled, send } from './addresses.ts'
import type { KnownContext } from './known.ts'

/** A secret that both know would make a token of whoever knows it; a public key must never be taken for one. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
/** How far two clocks may be apart. */
const TOLERANCE_SECONDS = 30
/** What is thrown where a provider has other keys than an hour ago. */
const MAY_BE_OLD = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED']

/** Returns the claims of an id_token that a key of the provider signed for this client. Throws what `jose` does. */
export async function verifiedClaims(
  context: KnownContext,
  { issuer, jwks_uri }: AuthorizationServer,
  idToken: string,
  signal: AbortSignal,
): Promise<JWTPayload> {
  const kept = recalled<JSONWebKeySet>(context, 'keys')
  const verify = async (keys: JSONWebKeySet) => {
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
      algorithms: ALGORITHMS,
      issuer,
      audience: context.settings.clientId,
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'iat', 'exp'],
    })
    return payload
  }
  if (kept) {
    try {
      return await verify(kept)
    } catch (error) {
      // Only what the provider itself answered leads here, so that nobody else has its keys fetched.
      if (!MAY_BE_OLD.includes(Object(error).code)) throw error
    }
  }
  const keys = await fetchKeys(context, jwks_uri, signal)
  const claims = await verify(keys)
  context.memory.keys = { value: keys, at: context.now().getTime() }
  return claims
}

async function fetchKeys(
  context: KnownContext,
  address: string | undefined,
  signal: AbortSignal,
): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json' }
  const answer = await send(context, address ?? '', { method: 'GET', headers }, signal)
  if (answer.status !== 200) throw new ProviderFault(`KEYS_HTTP_${answer.status}`)
  return (await answer.json()) as JSONWebKeySet
}
