/** `localhost` and the names below it always mean this machine (RFC 6761 section 6.3). */
const LOOPBACK_NAME = /^(?:[a-z\d-]+\.)*localhost$/i
const LOOPBACK_IPV4 = /^127(?:\.\d{1,3}){3}$/

/** True for a host that can only be this machine, as the parser of URLs writes it. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    LOOPBACK_NAME.test(hostname) ||
    LOOPBACK_IPV4.test(hostname) ||
    hostname === '[::1]' ||
    hostname === '::1'
  )
}

/** True for an http address at which nothing leaves this machine. */
export function isLocalUrl(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && isLoopbackHost(hostname)
}
