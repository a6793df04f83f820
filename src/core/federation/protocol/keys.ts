import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { AuthorizationServer } from 'oauth4webapi'
import type { ProviderContext } from '../create-providers.ts'
import { ProviderFault } from '../outbound.ts'
import { recalled, send } from './addresses.ts'

/** A secret that both know would make a token of whoever knows it; a public key must never be taken for one. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
/** How far two clocks may be apart. */
const TOLERANCE_SECONDS = 30

/** Returns the claims of an id_token that a key of the provider signed for this client. Throws what `jose` does. */
export async function verifiedClaims(
  context: ProviderContext,
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
  if (!kept) return verify(await fetchKeys(context, jwks_uri, signal))
  try {
    return await verify(kept)
  } catch (error) {
    // Keys change. Only what the provider itself answered leads here, so that nobody else has them fetched.
    if (Object(error).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error
    return verify(await fetchKeys(context, jwks_uri, signal))
  }
}

async function fetchKeys(
  context: ProviderContext,
  address: string | undefined,
  signal: AbortSignal,
): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json' }
  const answer = await send(context, address ?? '', { method: 'GET', headers }, signal)
  if (answer.status !== 200) throw new ProviderFault(`KEYS_HTTP_${answer.status}`)
  const value = (await answer.json()) as JSONWebKeySet
  context.memory.keys = { value, at: context.now().getTime() }
  return value
}
