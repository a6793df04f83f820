import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

export type Claims = {
  sub: string
  username: string
  email: string
  sid: string
  gen: number
  token_type: 'access' | 'refresh'
  iat: number
  exp: number
}

export type Account = { id: string; username: string; email: string }

const LIFETIME_SECONDS = 86_400
const key = createSecretKey(Buffer.from(process.env.JWT_SECRET_KEY ?? '', 'utf8'))
const HEADER = Buffer.from('{"alg":"HS256","typ":"at+jwt","kid":"bench"}').toString('base64url')

const signature = (input: string) => createHmac('sha256', key).update(input).digest()

function sign(claims: object): string {
  const input = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${input}.${signature(input).toString('base64url')}`
}

/** Issues two tokens of the service's size, signed on the calling thread. */
export function issue({ id, username, email }: Account, sid: string, gen: number) {
  const iat = Math.floor(Date.now() / 1000)
  const of = (token_type: Claims['token_type']) =>
    sign({
      ...{ iss: 'edge-auth', aud: 'edge-auth', sub: id, user_id: id, username, email, token_type },
      ...{
        email_verified: false,
        sid,
        gen,
        jti: `${sid}.${gen}.${token_type}`,
        iat,
        exp: iat + LIFETIME_SECONDS,
      },
    })
  return {
    access_token: of('access'),
    refresh_token: of('refresh'),
    token_type: 'bearer',
    expires_in: LIFETIME_SECONDS,
  }
}

/** Returns the claims of a genuine token of this type that has not expired. */
export function verified(authorization: string | undefined, type: string): Claims | undefined {
  const [header, payload, given] = authorization?.slice('Bearer '.length).split('.') ?? []
  if (!header || !payload || !given) return undefined
  const expected = signature(`${header}.${payload}`)
  const bytes = Buffer.from(given, 'base64url')
  if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) return undefined
  const claims: Claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return claims.token_type === type && claims.exp > Date.now() / 1000 ? claims : undefined
}
