import type { HttpBindings } from '@hono/node-server'
import type { Deps } from '../deps.ts'
import { canonicalAddress } from '../utils/ip-address.ts'

/**
 * Returns the socket's peer or, behind that many trusted proxies, the address that the outermost of them saw. The
 * client wrote the entries further left, and may write anything (ASVS 4.1.3). A request without such an entry did not
 * come through all of them, so that the peer is its client. An entry that is no address stands for an unknown one.
 */
export function clientAddressBehind(trustedProxyCount: number): Deps['clientAddress'] {
  return ({ header, env }) => {
    const forwarded = header('x-forwarded-for')?.split(',') ?? []
    const seen = trustedProxyCount > 0 ? forwarded.at(-trustedProxyCount)?.trim() : undefined
    return canonicalAddress(seen || peerOf(env as HttpBindings))
  }
}

function peerOf({ incoming }: HttpBindings): string | undefined {
  return incoming.socket.remoteAddress
}
