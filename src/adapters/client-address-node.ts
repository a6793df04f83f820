import type { HttpBindings } from '@hono/node-server'
import type { Deps } from '../deps.ts'

/**
 * The socket's peer, or, behind that many proxies of ours, the address that the outermost of them saw. Entries further
 * left were written by the client, who may write anything (ASVS 4.1.3).
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

/** An IPv4 peer of a dual-stack socket is written as IPv6. */
function unmapped(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').slice(0, 64)
}
