import { isLocalUrl } from '../../../utils/loopback.ts'
import { ownOriginOf } from './own-form.ts'
import type { Visit } from './visit.ts'

const ANY_LOCAL = /^http:\/\/localhost(?::\d+)?$/

/** True where passkeys can be used on this service's own pages, and not only on an app's. */
export function hasPasskeysHere({ c, config }: Visit): boolean {
  const { origins = [] } = config.factors.webauthn ?? {}
  const isLocal = isLocalUrl(c.get('deps').publicUrl())
  const origin = isLocal ? new URL(c.req.url).origin : ownOriginOf(c)
  const isAnyLocal = origins.includes('http://localhost:*') && ANY_LOCAL.test(origin)
  return isAnyLocal || origins.includes(origin)
}
