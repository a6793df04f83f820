import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { AppEnv } from '../http/context.ts'
import { isLocalUrl, isLoopbackHost } from '../utils/loopback.ts'

/** A browser takes it from this host alone, by TLS alone, and shows it to no script (draft-ietf-httpbis-rfc6265bis). */
const PREFIX = '__Host-Http-'

type SameSite = 'Strict' | 'Lax' | 'None'

/** Returns what the browser sent of a cookie of this service, and the line that sets it there, which says how long for. */
export function ownCookie<Env extends AppEnv>(c: Context<Env>, bareName: string) {
  // Without TLS no browser would take the other one. There it may be left out, because nothing leaves this machine.
  const [name, secure] = isLocal(c) ? [bareName, ''] : [PREFIX + bareName, ' Secure;']
  return {
    sent: getCookie(c, name),
    line: (value: string, maxAgeSeconds: number, sameSite: SameSite) =>
      `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly;${secure} SameSite=${sameSite}`,
  }
}

/** Who comes by another name comes through a proxy, whose TLS an address that is not configured cannot tell of. */
function isLocal<Env extends AppEnv>(c: Context<Env>): boolean {
  return (
    isLocalUrl(c.get('deps').publicUrl() ?? c.req.url) &&
    isLoopbackHost(new URL(c.req.url).hostname)
  )
}
