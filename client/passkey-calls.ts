import { fieldsOf, readJson } from './answers.ts'
import type { PasskeyCalls } from './auth-client.ts'
import { readConfirmation } from './confirmations.ts'
import { AuthError } from './errors.ts'
import { createLogIn } from './log-in.ts'
import type { Mode } from './mode.ts'
import { jsonBody, postRequest } from './posts.ts'
import { type Platform, send, serviceRequest } from './request.ts'
import type { AssertionCredential, Passkey, PasskeyOptions } from './types.ts'

type Deps = {
  platform: Platform
  url: (path: string) => URL
  mode: Mode
}

type Options = { public_key: object; challenge_token: string }

/** What browsers have of WebAuthn level 3. Not all have the signals. */
type Browser = {
  navigator: {
    credentials: {
      create(options: object): Promise<Credential | null>
      get(options: object): Promise<Credential | null>
    }
  }
  PublicKeyCredential?: {
    parseCreationOptionsFromJSON(json: object): object
    parseRequestOptionsFromJSON(json: object): object
    signalUnknownCredential?(of: { rpId: string; credentialId: string }): Promise<void>
    signalAllAcceptedCredentials?(of: {
      rpId: string
      userId: string
      allAcceptedCredentialIds: string[]
    }): Promise<void>
  }
}
type Credential = { toJSON(): object }

/** Types for browsers and servers alike have none of it in common. */
const browser = globalThis as unknown as Browser

function webauthn() {
  const { PublicKeyCredential } = browser
  if (PublicKeyCredential) return PublicKeyCredential
  throw new DOMException('This browser has no passkeys.', 'NotSupportedError')
}

/** The calls around passkeys: each asks the service for a challenge, the browser for an answer, and the service again. */
export function createPasskeyCalls(deps: Deps): PasskeyCalls {
  const { platform, url, mode } = deps
  const logIn = createLogIn({ url, mode })
  const path = (id: string) => url(`auth/factors/passkeys/${encodeURIComponent(id)}`)
  const creationOptions = () =>
    readJson(mode.send(postRequest(url('auth/factors/passkey-options'))), isOptions)

  async function provePasskey({ conditional = false, signal }: PasskeyOptions = {}) {
    const request = postRequest(url('auth/passkeys/options'))
    const { public_key, challenge_token } = await readJson(send(platform, request), isOptions)
    const credential = await browser.navigator.credentials.get({
      publicKey: webauthn().parseRequestOptionsFromJSON(public_key),
      ...(conditional && { mediation: 'conditional' as const }),
      ...(signal && { signal }),
    })
    return {
      passkey: { challenge_token, credential: jsonOf(credential) as AssertionCredential },
      rpId: String(fieldsOf(public_key).rpId),
    }
  }

  return {
    async registerPasskey(name) {
      const { public_key, challenge_token } = await creationOptions()
      const publicKey = webauthn().parseCreationOptionsFromJSON(public_key)
      const credential = jsonOf(await browser.navigator.credentials.create({ publicKey }))
      const body = { challenge_token, credential, ...(name !== undefined && { name }) }
      const answer = await mode.raise(postRequest(url('auth/factors/passkeys'), body), isRegistered)
      return { passkey: answer.passkey, recovery_codes: answer.recovery_codes ?? [] }
    },
    async logInWithPasskey(options) {
      const { passkey, rpId } = await provePasskey(options)
      try {
        return await logIn('auth/passkeys/login', passkey)
      } catch (error) {
        if (isUnknown(error)) {
          const unknown = { rpId, credentialId: passkey.credential.id }
          await webauthn()
            ?.signalUnknownCredential?.(unknown)
            .catch(() => undefined)
        }
        throw error
      }
    },
    async provePasskey(options) {
      const { passkey } = await provePasskey(options)
      return { passkey }
    },
    renamePasskey: (id, name) =>
      readJson(
        mode.send(serviceRequest(path(id), { method: 'PATCH', ...jsonBody({ name }) })),
        isPasskey,
      ),
    async removePasskey(id) {
      await readConfirmation(mode.send(serviceRequest(path(id), { method: 'DELETE' })))
      // The browser need not offer it any more. That is nothing that the removal could fail by.
      if (webauthn().signalAllAcceptedCredentials) await tellAccepted().catch(() => undefined)
    },
  }

  async function tellAccepted(): Promise<void> {
    const { public_key } = await creationOptions()
    const { rp, user, excludeCredentials: kept } = fieldsOf(public_key) as Kept
    await webauthn().signalAllAcceptedCredentials?.({
      rpId: rp.id,
      userId: user.id,
      allAcceptedCredentialIds: kept.map(({ id }) => id),
    })
  }
}

type Kept = { rp: { id: string }; user: { id: string }; excludeCredentials: { id: string }[] }
type Registered = { passkey: Passkey; recovery_codes?: string[] }

/** A browser gives nothing where the person was asked and nobody answered. */
function jsonOf(credential: Credential | null): object {
  if (!credential) throw new DOMException('No passkey was chosen.', 'NotAllowedError')
  return credential.toJSON()
}

/** True where the service does not know the passkey any more. */
function isUnknown(error: unknown): boolean {
  return (
    error instanceof AuthError &&
    error.code === 'factor_refused' &&
    error.errors.some(({ pointer }) => pointer === '/credential/id')
  )
}

function isOptions(value: unknown): value is Options {
  const { public_key, challenge_token } = fieldsOf(value)
  return typeof public_key === 'object' && typeof challenge_token === 'string'
}

function isPasskey(value: unknown): value is Passkey {
  return typeof fieldsOf(value).id === 'string'
}

function isRegistered(value: unknown): value is Registered {
  return isPasskey(fieldsOf(value).passkey)
}
