import { z } from 'zod'
import { isIpv6, ZONE } from '../utils/ip-address.ts'
import { type ValuesOf, wholeNumber } from './kinds.ts'

const MAX_NAME_CHARACTERS = 253
/** Part of a host name. It may have _, which systems and containers use against the standards. */
const LABEL = /^[a-z\d_]([\w-]{0,61}[a-z\d_])?$/i
/** No host name ends like this. A system would take it for an IPv4 address. */
const NUMERIC_END = /(^|\.)(\d+|0x[\da-f]*)$/i

export const host = z
  .string()
  .refine(isHost, 'must be a host name or an IP address, without scheme, brackets and port')

export const variables = {
  HOST: host.default('localhost'),
  PORT: wholeNumber(0, 65_535).default(8000),
}

/** Where Node listens. At port 0 the system chooses a free one. Workers listen nowhere and ignore both. */
export type ServerSettings = Readonly<{ host: string; port: number }>

export function settings(values: ValuesOf<typeof variables>): ServerSettings {
  return { host: values.HOST, port: values.PORT }
}

function isHost(host: string): boolean {
  if (host.includes(':')) return isIpv6(host.replace(ZONE, ''))
  return NUMERIC_END.test(host) ? isIpv4(host) : isName(host)
}

function isName(host: string): boolean {
  return host.length <= MAX_NAME_CHARACTERS && host.split('.').every((part) => LABEL.test(part))
}

/** Refuses short, octal and hexadecimal forms. URLs rewrite them, and systems read them differently. */
function isIpv4(host: string): boolean {
  return URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === host
}
