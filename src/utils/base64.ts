const URL_ALPHABET = /^[A-Za-z0-9_-]*$/
const NOT_ASCII = /[\u0080-\uffff]/g

/** Encodes base64 without padding (RFC 4648 section 4), as PHC strings have it. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('=', '')
}

/** Decodes base64. Throws on other characters. */
export function base64Bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

/** Encodes base64url without padding (RFC 4648 section 5). */
export function base64url(bytes: Uint8Array): string {
  return toUrlAlphabet(base64(bytes))
}

/** Encodes a JSON text as base64url. It escapes characters beyond ASCII first, as JSON allows. */
export function base64urlText(json: string): string {
  const ascii = json.replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return toUrlAlphabet(btoa(ascii).replaceAll('=', ''))
}

/** Decodes base64url to ASCII text. Throws if that is impossible. */
export function base64urlAscii(text: string): string {
  return atob(fromUrlAlphabet(text))
}

/** Decodes unpadded base64url. Returns undefined for any other spelling, so that one value has one spelling. */
export function base64urlBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!URL_ALPHABET.test(text) || text.length % 4 === 1 || hasLooseTail(text)) return undefined
  return base64Bytes(fromUrlAlphabet(text))
}

function toUrlAlphabet(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

function fromUrlAlphabet(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/')
}

/** True if the last character has unused bits that are not zero (RFC 4648 section 3.5). */
function hasLooseTail(text: string): boolean {
  const last = text.at(-1) ?? 'A'
  const tails: Record<number, string> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' }
  return tails[text.length % 4]?.includes(last) === false
}
