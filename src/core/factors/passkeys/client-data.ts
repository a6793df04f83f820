import { base64urlBytes } from '../../../utils/base64.ts'
import { isJsonObject } from '../../../utils/storable.ts'
import type { WebauthnSettings } from '../settings.ts'

type Bytes = Uint8Array<ArrayBuffer>

const decoder = new TextDecoder('utf-8', { fatal: true })
const LOCALHOST = /^http:\/\/localhost(:\d{1,5})?$/

/** What the page's part of a ceremony must be. */
type Expected = {
  type: 'webauthn.create' | 'webauthn.get'
  challenge: string
  settings: WebauthnSettings
}

/**
 * Returns the hash of client data that is what the browser of one of our pages writes (WebAuthn level 3, section 5.8.1):
 * for this challenge, on an origin of the configuration, in no frame of somebody else. Undefined for any other.
 */
export async function hashOfClientData(
  text: string,
  { type, challenge, settings }: Expected,
): Promise<Bytes | undefined> {
  const bytes = base64urlBytes(text)
  const data = bytes && parsed(bytes)
  if (!bytes || !data) return undefined
  const { origin, crossOrigin = false, topOrigin } = data
  const isOurs =
    data.type === type &&
    data.challenge === challenge &&
    typeof origin === 'string' &&
    isOrigin(origin, settings) &&
    crossOrigin === false &&
    topOrigin === undefined
  return isOurs ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)) : undefined
}

function isOrigin(origin: string, { origins }: WebauthnSettings): boolean {
  return (
    origins.includes(origin) || (origins.includes('http://localhost:*') && LOCALHOST.test(origin))
  )
}

function parsed(bytes: Bytes): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(decoder.decode(bytes))
    return isJsonObject(data) ? data : undefined
  } catch {
    return undefined
  }
}
