import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import type { Grant } from './hostile-provider.ts'

type Key = { kid: string; privateKey: KeyObject; publicKey: KeyObject }

let made = 0

function newKey(): Key {
  return { kid: `key-${++made}`, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

const OWN = newKey()
const OTHER = newKey()
/** The last key of each that signs with a new one each time. */
const rotating = new Map<string, Key>()

type Has = (behaviour: string) => boolean

/** The keys that a provider shows: of one that rotates them, the last alone. */
export async function keySetOf(name: string, has: Has) {
  const { kid, publicKey } = (has('rotating') && rotating.get(name)) || OWN
  return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] }
}

type Asked = { name: string; has: Has; issuer: string; grant: Grant; hourAgo: number }

/** An id_token, with what the behaviours say is wrong with it. */
export async function idTokenOf({ name, has, issuer, grant, hourAgo }: Asked): Promise<string> {
  const { form_user: _, emails: __, ...claims } = grant.claims
  const { email: ___, email_verified: ____, ...bare } = claims
  const now = Math.floor(Date.now() / 1000)
  const nonce = has('wrong-nonce') ? 'another-nonce' : grant.nonce
  const payload = {
    ...(has('userinfo') || has('other-userinfo') ? bare : claims),
    iss: has('wrong-iss') ? `${issuer}/another` : issuer,
    aud: has('wrong-aud')
      ? 'another-client'
      : has('two-audiences')
        ? [grant.clientId, 'another-client']
        : grant.clientId,
    iat: has('expired') ? hourAgo - 600 : now,
    exp: has('expired') ? hourAgo : now + 600,
    ...(has('wrong-azp') ? { azp: 'another-client' } : {}),
    ...(nonce === undefined || has('no-nonce') ? {} : { nonce }),
    ...(grant.isReauth && !has('no-auth-time')
      ? { auth_time: has('stale-auth') ? hourAgo : now }
      : {}),
    ...(has('empty-subject') ? { sub: '' } : {}),
    ...(has('long-subject') ? { sub: 'x'.repeat(256) } : {}),
  }
  if (has('no-subject')) delete (payload as JWTPayload).sub
  if (has('alg-none')) return new UnsecuredJWT(payload).encode()
  if (has('hs256')) {
    // Who takes the public key for a secret would find this good.
    const secret = Buffer.from(OWN.publicKey.export({ format: 'pem', type: 'spki' }))
    return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: OWN.kid }).sign(secret)
  }
  const key = keyOf(name, has)
  const kid = has('other-key') ? OWN.kid : key.kid
  const header = has('no-kid') ? { alg: 'RS256' } : { alg: 'RS256', kid }
  return new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey)
}

function keyOf(name: string, has: Has): Key {
  if (has('other-key') || has('unknown-kid')) return OTHER
  if (!has('rotating')) return OWN
  const key = newKey()
  rotating.set(name, key)
  return key
}
