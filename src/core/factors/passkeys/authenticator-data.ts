import { readCbor } from './cbor.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What an authenticator says of itself and of its user (WebAuthn level 3, section 6.1). */
export type AuthenticatorData = {
  rpIdHash: Bytes
  isUserPresent: boolean
  isUserVerified: boolean
  /** True for a passkey that may be synced to other devices (BE), and if it is (BS). */
  isBackupEligible: boolean
  isBackedUp: boolean
  counter: number
  /** At registration. The key is a COSE key. */
  credential: { id: Bytes; publicKey: Bytes } | undefined
}

const FLAG = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10 } as const
const HAS = { credential: 0x40, extensions: 0x80 } as const

const HASH_BYTES = 32
const HEAD_BYTES = 37
const AAGUID_BYTES = 16
/** WebAuthn level 3, section 4: of a credential id. */
const MAX_ID_BYTES = 1023

/** Reads authenticator data. Undefined for anything that is not exactly that. */
export function parseAuthenticatorData(bytes: Bytes): AuthenticatorData | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(HASH_BYTES)
  const has = (flag: number) => (flags & flag) !== 0
  // What cannot be synced is not (section 6.1.3).
  if (has(FLAG.backedUp) && !has(FLAG.eligible)) return undefined
  const attested = has(HAS.credential)
    ? credentialAt(bytes, view)
    : { end: HEAD_BYTES, credential: undefined }
  const end = attested && (has(HAS.extensions) ? extensionsEnd(bytes, attested.end) : attested.end)
  if (!attested || end !== bytes.length) return undefined
  return {
    rpIdHash: bytes.slice(0, HASH_BYTES),
    isUserPresent: has(FLAG.present),
    isUserVerified: has(FLAG.verified),
    isBackupEligible: has(FLAG.eligible),
    isBackedUp: has(FLAG.backedUp),
    counter: view.getUint32(HASH_BYTES + 1),
    credential: attested.credential,
  }
}

function credentialAt(bytes: Bytes, view: DataView) {
  const lengthAt = HEAD_BYTES + AAGUID_BYTES
  if (bytes.length < lengthAt + 2) return undefined
  const length = view.getUint16(lengthAt)
  const keyAt = lengthAt + 2 + length
  if (length === 0 || length > MAX_ID_BYTES || keyAt > bytes.length) return undefined
  const key = readCbor(bytes, keyAt)
  if (!(key?.value instanceof Map)) return undefined
  const { end } = key
  return {
    end,
    credential: { id: bytes.slice(lengthAt + 2, keyAt), publicKey: bytes.slice(keyAt, end) },
  }
}

/** Extensions are not asked for, and so not looked into. */
function extensionsEnd(bytes: Bytes, at: number): number | undefined {
  const read = readCbor(bytes, at)
  return read?.value instanceof Map ? read.end : undefined
}
