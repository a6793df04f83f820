import { importKey } from '../../src/adapters/keys-web.ts'
import type { TokenType } from '../../src/core/tokens/claims.ts'
import { importKeys } from '../../src/core/tokens/key-rings.ts'
import { base64url, base64urlText } from '../../src/utils/base64.ts'
import type { TestApp } from './app.ts'
import type { Pair } from './sessions.ts'

export type Parts = { header: Record<string, unknown>; claims: Record<string, unknown> }

const encoder = new TextEncoder()

export function partsOf(token: string): Parts {
  const [header = '', claims = ''] = token.split('.')
  const read = (part: string) =>
    JSON.parse(
      new TextDecoder().decode(
        Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
          character.charCodeAt(0),
        ),
      ),
    )
  return { header: read(header), claims: read(claims) }
}

export const tokenOf = (tokens: Pair, type: TokenType) =>
  type === 'access' ? tokens.access_token : tokens.refresh_token

/** What only a holder of the app's keys can do: sign any header and claims, even absurd ones. */
export async function forger(t: TestApp) {
  const { rings } = await importKeys(t.config.tokens, importKey)
  return async (type: TokenType, { header, claims }: { header: unknown; claims: unknown }) => {
    const input = [header, claims]
      .map((part) => base64urlText(typeof part === 'string' ? part : JSON.stringify(part)))
      .join('.')
    return `${input}.${await rings[type].signing.key.sign(input)}`
  }
}

/** Signs by HMAC under a key of the attacker's choice. */
export async function signWith(key: Uint8Array<ArrayBuffer>, { header, claims }: Parts) {
  const input = `${base64urlText(JSON.stringify(header))}.${base64urlText(JSON.stringify(claims))}`
  const hash = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, hash, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', imported, encoder.encode(input))
  return `${input}.${base64url(new Uint8Array(mac))}`
}

/** Sends a token where its kind belongs. */
export const present = (t: TestApp, type: TokenType, token: string) =>
  type === 'access' ? t.get('/auth/me', token) : t.refresh(token)
