import type { IncomingMessage } from 'node:http'

/** An IPv6 address, perhaps with the zone that only the client's own machine understands, and a port. */
const IPV6 = /^\[([\da-f:.]+)(?:%[\w.~%-]+)?\](:\d*)?$/i

/** A client of HTTP/1.0 need not say which host it means, and load balancers do not. */
const UNNAMED = 'localhost'

/**
 * Makes the Host header one that the listener takes: it knows an IPv6 address only by its shortest spelling. Returns
 * false if there is none though HTTP/1.1 asks for one (RFC 9112 section 3.2).
 */
export function settleHost({ headers, httpVersion }: IncomingMessage): boolean {
  const { host } = headers
  if (!host) {
    headers.host = UNNAMED
    return httpVersion === '1.0'
  }
  if (host.startsWith('[')) headers.host = canonical(host)
  return true
}

/** What is no address stays as it is, and is refused. */
function canonical(host: string): string {
  const [, address, port = ''] = IPV6.exec(host) ?? []
  const url = `http://[${address}]${port}`
  return address && URL.canParse(url) ? new URL(url).host : host
}
