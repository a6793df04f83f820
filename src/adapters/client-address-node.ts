import type { HttpBindings } from '@hono/node-server'
import type { Deps } from '../deps.ts'

/**
 * Returns the socket's peer or, behind that many trusted proxies, the address that the outermost of them saw. The
 * client wrote the entries further left, and may write anything (ASVS 4.1.3).
 */
export function clientAddressBehind(trustedProxyCount: number): Deps['clientAddress'] {
  return ({ header, env }) => {
    const forwarded = header('x-forwarded-for')?.split(',') ?? []
    const seen = trustedProxyCount > 0 ? forwarded.at(-trustedProxyCount)?.trim() : undefined
    return unmapped(seen || peerOf(env as HttpBindings))
  }
}

function peerOf({ incoming }: HttpBindings): string | undefined {
  return incoming.socket.remoteAddress
}

/** A dual-stack socket writes an IPv4 peer as IPv6. This turns it back. */
function unmapped(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').slice(0, 64)
}
