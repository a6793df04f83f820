import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** By then they are fetched again, so that a key that the service took away is not taken any more. */
const FRESH_MS = 600_000
/** While they cannot be fetched, those of before count for longer. Few access tokens live as long. */
const KEPT_MS = 3_600_000
/** A token that names another key has them fetched again, but not each such token. */
const UNKNOWN_KEY_MS = 30_000
/** After a failure nothing is fetched for so long. */
const RETRY_MS = 5_000

const keySets = new Map<string, JWTVerifyGetKey>()

/** The keys at a URL, the same for all requests of this process. It throws where that is no URL. */
export function keySetOf(jwksUrl: string | URL): JWTVerifyGetKey {
  const url = new URL(jwksUrl)
  const known = keySets.get(url.href)
  if (known) return known
  const made = createKeySet(url)
  keySets.set(url.href, made)
  return made
}

/** Fetches keys when they are needed, outlives a service that is out, and asks it no more often than is of use. */
function createKeySet(url: URL): JWTVerifyGetKey {
  // When to fetch is decided here alone.
  const never = Number.POSITIVE_INFINITY
  const remote = createRemoteJWKSet(url, { cacheMaxAge: never, cooldownDuration: never })
  let loadedAt = Number.NEGATIVE_INFINITY
  let failure: { at: number; error: unknown } | undefined
  const age = () => Date.now() - loadedAt

  async function load(): Promise<void> {
    if (failure && Date.now() < failure.at + RETRY_MS) throw failure.error
    try {
      await remote.reload()
    } catch (error) {
      failure = { at: Date.now(), error }
      throw error
    }
    loadedAt = Date.now()
  }

  return async (header, token) => {
    if (age() > FRESH_MS) {
      await load().catch((error) => {
        if (age() > KEPT_MS) throw error
      })
    }
    try {
      return await remote(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || age() < UNKNOWN_KEY_MS) throw error
      await load()
      return remote(header, token)
    }
  }
}
