import { isFormPostSecret, parseFlowSecrets, withSecret } from '../core/federation/flow-secrets.ts'
import type { Guard } from './guards.ts'
import { ownCookie } from './own-cookie.ts'

const NAME = 'ea_oauth'
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
    const cookie = ownCookie(c, NAME)
    const secrets = parseFlowSecrets(cookie.sent)
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
    if (!changed) return
    const age = changed.length > 0 ? MAX_AGE_SECONDS : 0
    const line = cookie.line(changed.join('.'), age, sameSiteFor(changed))
    c.res.headers.append('set-cookie', line)
  },
  problems: [],
}

/** `None` only while one is under way from which the browser is sent back by a POST of another site. */
function sameSiteFor(secrets: readonly string[]): 'None' | 'Lax' {
  return secrets.some(isFormPostSecret) ? 'None' : 'Lax'
}
