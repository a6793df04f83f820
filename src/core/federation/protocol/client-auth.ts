import { importPKCS8, SignJWT } from 'jose'
import { type AuthorizationServer, type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import type { ClientAuthMethod } from '../names.ts'
import type { KnownProvider } from './known.ts'

/** Says who this service is at the token endpoint. */
export async function clientAuthOf(
  settings: KnownProvider,
  { issuer, token_endpoint_auth_methods_supported: supported }: AuthorizationServer,
): Promise<ClientAuth> {
  const secret = settings.signingKey ? await signedSecret(settings, issuer) : settings.clientSecret
  if (secret === undefined) return None()
  const method = settings.clientAuth ?? methodOf(supported)
  return method === 'client_secret_post' ? ClientSecretPost(secret) : basic(secret)
}

/**
 * As RFC 6749 has it (section 2.3.1), with no more escapes than forms need. The library escapes what is in most client ids,
 * which servers do not understand that forget to undo it.
 */
function basic(secret: string): ClientAuth {
  return (_, { client_id: id }, __, headers) => {
    headers.set('authorization', `Basic ${btoa(`${escaped(id)}:${escaped(secret)}`)}`)
  }
}

function escaped(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/** Basic is what all must know (RFC 6749 section 2.3.1), and what is meant where nothing is said. */
function methodOf(supported: readonly string[] = ['client_secret_basic']): ClientAuthMethod {
  const takesBasic = supported.includes('client_secret_basic')
  return !takesBasic && supported.includes('client_secret_post')
    ? 'client_secret_post'
    : 'client_secret_basic'
}

/** A secret that is good for this one request. */
async function signedSecret(
  { clientId, signingKey }: KnownProvider,
  audience: string,
): Promise<string> {
  const { teamId = '', keyId = '', privateKey = '' } = signingKey ?? {}
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(await importPKCS8(privateKey, 'ES256'))
}
