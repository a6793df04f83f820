import { base64url } from '../../utils/base64.ts'

/** What one sign-in needs of the secret that its browser alone holds. Nothing of it leads back to the secret. */
export type FlowSecrets = {
  /** What is sealed for this browser is sealed about this. */
  binding: string
  /** Of the id token (OpenID Connect Core, section 3.1.2.1). */
  nonce: string
  /** RFC 7636: 43 characters of the unreserved ones. */
  codeVerifier: string
}

const SECRET_BYTES = 32
/** Marks the secret of a flow whose provider sends the browser back by a POST from its own site. */
const FORM_POST = 'p'
const SECRET = /^[\w-]{43}p?$/
/** As many sign-ins may be under way in one browser, each in a tab. */
const MAX_FLOWS = 3

const encoder = new TextEncoder()

/** Returns the secret of a new flow. */
export function newFlowSecret({ isFormPost }: { isFormPost: boolean }): string {
  const random = base64url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
  return isFormPost ? random + FORM_POST : random
}

/** True for a flow whose cookie must come along with a POST from another site. */
export function isFormPostSecret(secret: string): boolean {
  return secret.length > 43
}

/** Derives what a flow needs from its secret, each by a label of its own. */
export async function flowSecretsOf(secret: string): Promise<FlowSecrets> {
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const derived = async (label: string) =>
    base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(label))))
  const [binding, nonce, codeVerifier] = await Promise.all([
    derived('oauth binding'),
    derived('oauth nonce'),
    derived('oauth code verifier'),
  ])
  return { binding, nonce, codeVerifier }
}

/** Reads the secrets of a cookie, the newest first. What is none is left out. */
export function parseFlowSecrets(cookie: string | undefined): string[] {
  const secrets = (cookie ?? '').split('.').filter((one) => SECRET.test(one))
  return secrets.slice(0, MAX_FLOWS)
}

/** Returns the secrets with another one, and without the oldest where there are too many. */
export function withSecret(secrets: readonly string[], secret: string): string[] {
  return [secret, ...secrets].slice(0, MAX_FLOWS)
}
