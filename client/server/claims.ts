/** What an access token of the service says, once it was verified. */
export type AccessClaims = {
  iss: string
  aud: string | string[]
  /** The user's id, which never changes. `username` and `email` may. */
  sub: string
  username: string
  email: string
  email_verified: boolean
  roles: string[]
  /** What the roles permit together. Missing where that is too long for a token: `GET /auth/me` has it. */
  permissions?: string[]
  /** How sure the service is of who that is: `aal1` by one factor, `aal2` by two. */
  acr: string
  /** What was proven, such as `pwd` and `otp`. */
  amr: string[]
  /** When a factor was proven last, in seconds since 1970. */
  auth_time: number
  /** The session. */
  sid: string
  jti: string
  iat: number
  exp: number
}

const TEXTS = ['sub', 'username', 'email', 'acr', 'sid', 'jti'] as const

/** True for verified claims of an access token, as this version of the service makes them. */
export function isAccessClaims(claims: object): claims is AccessClaims {
  const { token_type, email_verified, roles, permissions, amr, auth_time, ...rest } =
    claims as Record<string, unknown>
  return (
    token_type === 'access' &&
    TEXTS.every((name) => typeof rest[name] === 'string' && rest[name] !== '') &&
    typeof email_verified === 'boolean' &&
    [roles, permissions ?? [], amr].every(isTexts) &&
    typeof auth_time === 'number'
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
