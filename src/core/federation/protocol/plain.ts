import type { TokenEndpointResponse } from 'oauth4webapi'
import { ProviderFault } from '../outbound.ts'
import { refuseErrors, send } from './addresses.ts'
import type { KnownContext } from './known.ts'
import { type Claims, isTrue } from './profile.ts'

/** Returns what a provider without OpenID Connect says of the owner of an access token. */
export async function plainClaims(
  context: KnownContext,
  { access_token: token }: TokenEndpointResponse,
  signal: AbortSignal,
): Promise<Claims> {
  const { profile = '', emails } = context.settings.endpoints ?? {}
  const claims = Object(await told(context, profile, token, signal)) as Claims
  if (emails === undefined) return claims
  return { ...claims, ...primaryOf(await told(context, emails, token, signal)) }
}

async function told(
  context: KnownContext,
  address: string,
  token: string,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
  const answer = await send(context, address, { method: 'GET', headers }, signal)
  if (answer.status !== 200) throw new ProviderFault(`PROFILE_HTTP_${answer.status}`)
  const said: unknown = await answer.json()
  refuseErrors(said)
  return said
}

/** The one address that the owner calls the own, as OpenID Connect would name it. */
function primaryOf(said: unknown): Claims {
  const list: unknown[] = Array.isArray(said) ? said : []
  const { email, verified } = Object(list.find((one) => isTrue(Object(one).primary)))
  return { email, email_verified: isTrue(verified) }
}

/** The name that came by the browser, and not from the provider itself. It may be anything, and proves nothing. */
export function namedInForm(parameters: URLSearchParams): Claims {
  try {
    const { firstName, lastName } = Object(Object(JSON.parse(parameters.get('user') ?? '')).name)
    const names = [firstName, lastName].filter((name) => typeof name === 'string')
    return { name: names.join(' ').trim() }
  } catch {
    return {}
  }
}
