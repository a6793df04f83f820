import { getCookie } from 'hono/cookie'
import { isFormPostSecret, parseFlowSecrets, withSecret } from '../core/federation/flow-secrets.ts'
import { isLocalUrl } from '../utils/loopback.ts'
import type { Guard } from './guards.ts'

/** A browser takes it from this host alone, by TLS alone, and shows it to no script (draft-ietf-httpbis-rfc6265bis). */
const NAME = '__Host-Http-ea_oauth'
/** Where there is no TLS because nothing leaves this machine. */
const LOCAL_NAME = 'ea_oauth'
/** As long as a state and a link token work, from the last answer that has it. */
const MAX_AGE_SECONDS = 600

/** The sign-ins at providers that are under way in this browser. */
export type Flows = {
  /** The newest first. */
  secrets: readonly string[]
  begin: (secret: string) => void
  /** Has the cookie live on for another step. */
  goOn: () => void
  end: (secret: string) => void
}

/** Reads the cookie of sign-ins that are under way into `c.get('flows')`, and sets it with the answer, whatever that is. */
export const flowCookie: Guard<{ flows: Flows }> = {
  async middleware(c, next) {
    const isLocal = isLocalUrl(c.get('deps').publicUrl())
    const name = isLocal ? LOCAL_NAME : NAME
    const secrets = parseFlowSecrets(getCookie(c, name))
    let changed: readonly string[] | undefined
    c.set('flows', {
      secrets,
      begin: (secret) => {
        changed = withSecret(secrets, secret)
      },
      goOn: () => {
        changed = secrets
      },
      end: (secret) => {
        changed = secrets.filter((one) => one !== secret)
      },
    })
    await next()
    // Into the answer that there is, which may be a problem.
    if (changed) c.res.headers.append('set-cookie', cookieOf(name, changed, isLocal))
  },
  problems: [],
}

/** `None` only while one is under way from which the browser is sent back by a POST of another site. */
function cookieOf(name: string, secrets: readonly string[], isLocal: boolean): string {
  const sameSite = secrets.some(isFormPostSecret) ? 'None' : 'Lax'
  const age = secrets.length > 0 ? MAX_AGE_SECONDS : 0
  const parts = [`${name}=${secrets.join('.')}`, 'Path=/', `Max-Age=${age}`, 'HttpOnly']
  return [...parts, ...(isLocal ? [] : ['Secure']), `SameSite=${sameSite}`].join('; ')
}
