const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
/** No leading zeros, which some systems read as octal. */
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`)
const IPV4_AND_PORT = /^([\d.]+):\d{1,5}$/
const BRACKETED_AND_PORT = /^\[([^[\]]+)\](?::\d{1,5})?$/
const IPV6_CHARACTERS = /^[\da-f:.]+$/i
/** The interface of a link-local address. It means nothing to anybody else. */
export const ZONE = /%[\w.-]+$/
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/
/** The longest spelling, with brackets, a zone and a port. */
const MAX_CHARACTERS = 100

/** True for an IPv6 address in any spelling, without zone. The parser of URLs takes brackets for nothing else. */
export function isIpv6(text: string): boolean {
  return IPV6_CHARACTERS.test(text) && URL.canParse(`http://[${text}]`)
}

/**
 * Returns the one spelling of an IP address as proxies and sockets write it, or undefined for anything else. Drops port,
 * brackets and zone. IPv6 is as in RFC 5952, and an IPv4 address mapped into IPv6 is the IPv4 address.
 */
export function canonicalAddress(written: string | undefined): string | undefined {
  if (written === undefined || written.length > MAX_CHARACTERS) return undefined
  const text = written.trim()
  if (IPV4.test(text)) return text
  const ipv4 = IPV4_AND_PORT.exec(text)?.[1]
  if (ipv4 !== undefined) return IPV4.test(ipv4) ? ipv4 : undefined
  return canonicalIpv6((BRACKETED_AND_PORT.exec(text)?.[1] ?? text).replace(ZONE, ''))
}

/**
 * Returns the network whose addresses one client may have, as CIDR: an IPv4 address by itself, the /64 of an IPv6 one. The
 * address is in canonical form.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return `${address}/32`
  const [before = '', after] = address.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`
}

/**
 * Returns a pattern of LIKE for the addresses of that network, as their canonical forms are written. Where the network's
 * own part has zeros that are left out, it is the address alone.
 */
export function networkPattern(address: string): string {
  const [before = ''] = address.split('::')
  const groups = before.split(':')
  return groups.length < 4 ? address : `${groups.slice(0, 4).join(':')}:%`
}

function canonicalIpv6(text: string): string | undefined {
  if (!isIpv6(text)) return undefined
  // The parser of URLs writes it as RFC 5952 does.
  const url = `http://[${text}]`
  const address = new URL(url).hostname.slice(1, -1)
  const [, high, low] = MAPPED.exec(address) ?? []
  return high && low ? dotted(high, low) : address
}

function dotted(...halves: string[]): string {
  return halves
    .map((half) => Number.parseInt(half, 16))
    .map((value) => `${value >> 8}.${value & 255}`)
    .join('.')
}
