import type { KeyValueStorage } from './storage.ts'
import type { TokenResponse } from './types.ts'

/** The tokens of a session as they are stored; times in milliseconds of this device's clock. */
export type Tokens = {
  access_token: string
  refresh_token: string
  refresh_after: number
  expires_at: number
}

export type TokenStore = {
  read(): Tokens | undefined
  write(tokens: Tokens): void
  clear(): void
}

const MAX_REFRESH_MARGIN_MS = 30_000

/** Counted from when the request was sent, so that the token never seems to live longer than it does. */
export function tokensFrom(answer: TokenResponse, sentAt: number): Tokens {
  const lifetime = answer.expires_in * 1000
  const expires_at = sentAt + lifetime
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token,
    refresh_after: expires_at - Math.min(MAX_REFRESH_MARGIN_MS, lifetime / 10),
    expires_at,
  }
}

/** Reads the storage anew each time: another tab may have written. */
export function createTokenStore(storage: KeyValueStorage, key: string): TokenStore {
  return {
    read: () => parse(storage.getItem(key)),
    write: (tokens) => storage.setItem(key, JSON.stringify(tokens)),
    clear: () => storage.removeItem(key),
  }
}

function parse(text: string | null): Tokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return isTokens(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isTokens(value: unknown): value is Tokens {
  const { access_token, refresh_token, refresh_after, expires_at } = (value ??
    {}) as Partial<Tokens>
  return (
    [access_token, refresh_token].every((token) => typeof token === 'string') &&
    [refresh_after, expires_at].every((time) => typeof time === 'number')
  )
}
