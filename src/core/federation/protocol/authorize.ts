import { calculatePKCECodeChallenge } from 'oauth4webapi'
import type { ProviderContext } from '../create-providers.ts'
import type { AuthorizationRequest } from '../provider.ts'
import { addressesOf, allowedUrl } from './addresses.ts'
import { asProvider } from './faults.ts'
import { known } from './known.ts'

/** Returns where a browser is sent to sign in. Throws `provider_failed` if the provider does not say. */
export function authorizationUrl(
  given: ProviderContext,
  { redirectUri, state, nonce, codeVerifier, isReauth }: AuthorizationRequest,
  signal: AbortSignal,
): Promise<string> {
  return asProvider(async () => {
    const context = known(given)
    const { settings } = context
    const addresses = await addressesOf(context, signal)
    const url = allowedUrl(settings, addresses.authorization_endpoint)
    const hasNonce = !settings.endpoints && !settings.lacksNonce
    const parameters = {
      response_type: 'code',
      client_id: settings.clientId,
      redirect_uri: redirectUri,
      scope: settings.scope,
      state,
      ...(settings.lacksPkce
        ? {}
        : {
            code_challenge: await calculatePKCECodeChallenge(codeVerifier),
            code_challenge_method: 'S256',
          }),
      ...(hasNonce ? { nonce } : {}),
      ...(settings.isFormPost ? { response_mode: 'form_post' } : {}),
      ...(isReauth ? settings.atReauth : settings.atLogin),
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  })
}
