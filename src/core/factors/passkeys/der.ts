const SEQUENCE = 0x30
const INTEGER = 0x02
/** Of each of both numbers, for the curve P-256. */
const BYTES = 32

/**
 * Returns an ECDSA signature for P-256 as WebCrypto takes it (IEEE P1363), of DER (RFC 3279 section 2.2.3). Undefined for
 * anything that is not DER of two such numbers.
 */
export function rawEcdsa(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined
  const r = integerAt(der, 2)
  const s = r && integerAt(der, r.end)
  if (!r || !s || s.end !== der.length) return undefined
  const raw = new Uint8Array(2 * BYTES)
  raw.set(r.value, BYTES - r.value.length)
  raw.set(s.value, 2 * BYTES - s.value.length)
  return raw
}

function integerAt(der: Uint8Array, at: number) {
  const length = der[at + 1] ?? 0
  const end = at + 2 + length
  if (der[at] !== INTEGER || length === 0 || end > der.length) return undefined
  const [first = 0, second = 0] = der.subarray(at + 2, end)
  // Neither negative nor with a zero before it that says nothing.
  if (first >= 0x80 || (first === 0 && length > 1 && second < 0x80)) return undefined
  const value = der.subarray(at + 2 + (first === 0 ? 1 : 0), end)
  return value.length <= BYTES ? { value, end } : undefined
}
