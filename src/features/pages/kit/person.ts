import type { Context } from 'hono'
import type { AppEnv } from '../../../http/context.ts'
import { sentSessionCookie } from '../../../middleware/session-cookie.ts'
import { base64urlAscii } from '../../../utils/base64.ts'

/**
 * Returns the account that the cookie of the session names. It is not verified, and good for comparing two pages of one
 * browser alone: the API says whether the cookie works.
 */
export function personIn(c: Context<AppEnv>): string | undefined {
  const [, claims = ''] = sentSessionCookie(c)?.split('.') ?? []
  try {
    const { sub } = JSON.parse(base64urlAscii(claims))
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
