import type { Sealing } from './sealing.ts'

/** Crockford's base32: no letters that are read as others. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODES = 10
/** 80 bits, as groups of four characters that each hold five. */
const CHARACTERS = 16

/** Makes ten recovery codes, and the HMACs to store of them, by spaces. */
export async function makeRecoveryCodes(
  sealing: Sealing,
  userId: string,
): Promise<{ codes: string[]; codeMacs: string }> {
  const codes = Array.from({ length: CODES }, makeCode)
  const macs = await Promise.all(
    codes.map(async (code) => (await macsOf(sealing, userId, code))[0]),
  )
  return { codes, codeMacs: macs.join(' ') }
}

/** Returns the HMACs that a code may be stored as, by each key, whatever its case and spelling. */
export function macsOf(
  sealing: Sealing,
  userId: string,
  code: string,
): Promise<[string, ...string[]]> {
  return sealing.macsOf(`recovery code ${userId} ${canonical(code)}`)
}

function makeCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CHARACTERS))
  const characters = [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
  return (characters.match(/.{4}/g) ?? []).join('-')
}

/** As it is read, not as it is typed: no separators, and letters that look like digits are digits. */
function canonical(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
}
