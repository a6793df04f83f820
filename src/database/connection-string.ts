import { ConfigError } from '../utils/config-error.ts'

/** Parameters of a connection string that have an effect here. */
const HONOURED = `application_name channel_binding connection_limit dbname fallback_application_name host options
  password pgbouncer port ssl sslcert sslkey sslmode sslnegotiation sslrootcert uselibpqcompat user`
/** Parameters of libpq and other tools that this service may ignore. */
const HARMLESS = `client_encoding connect_timeout gssdelegation gssencmode gsslib keepalives keepalives_count
  keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version min_protocol_version
  pool_timeout prepareThreshold prepared_statements schema socket_timeout sslaccept sslcompression sslsni
  statement_cache_size supa target_session_attrs tcp_user_timeout workaround`
/** Parameters for a protection or server that would silently be another one. The service refuses them at the start. */
const UNSUPPORTED = `hostaddr passfile replication require_auth requirepeer requiressl service servicefile
  ssl_max_protocol_version ssl_min_protocol_version sslcertmode sslcrl sslcrldir sslkeylogfile sslpassword`

const setOf = (words: string) => new Set(words.split(/\s+/))
const KNOWN = setOf(`${HONOURED} ${HARMLESS}`)
const REFUSED = setOf(UNSUPPORTED)

/** The values that a parameter may have. Any other value asks for something that is not supported. */
const VALUES: Record<string, RegExp> = {
  channel_binding: /^(disable|prefer|require)$/,
  client_encoding: /^(utf-?8|auto)$/i,
  connect_timeout: /^\d{1,6}$/,
  connection_limit: /^[1-9]\d{0,2}$/,
  gssencmode: /^(disable|prefer)$/,
  load_balance_hosts: /^disable$/,
  pgbouncer: /^(true|false)$/,
  schema: /^public$/,
  ssl: /^(true|false|0|1|no-verify)$/,
  sslmode: /^(disable|allow|prefer|require|verify-ca|verify-full|no-verify)$/,
  sslnegotiation: /^(postgres|direct)$/,
  target_session_attrs: /^(any|read-write|primary|prefer-standby)$/,
  uselibpqcompat: /^(true|false)$/,
}

/** Combinations of parameters that contradict each other. */
const CONTRADICTIONS: [(words: URLSearchParams) => boolean, string][] = [
  [(words) => words.has('ssl') && words.has('sslmode'), 'has both ssl and sslmode; give one'],
  [
    (words) => words.get('channel_binding') === 'require' && !isVerified(words),
    'asks for channel_binding=require without a verified certificate; add sslmode=verify-full',
  ],
  [
    (words) => words.get('sslnegotiation') === 'direct' && !isEncrypted(words),
    'asks for sslnegotiation=direct without TLS; add sslmode=verify-full',
  ],
  [
    (words) => words.get('sslrootcert') === 'system' && !isVerified(words),
    'asks for sslrootcert=system without verifying; add sslmode=verify-full',
  ],
  [
    (words) =>
      words.get('uselibpqcompat') === 'true' &&
      words.get('sslmode') === 'verify-ca' &&
      !words.has('sslrootcert'),
    'asks for sslmode=verify-ca without sslrootcert',
  ],
]

function isEncrypted(words: URLSearchParams): boolean {
  return /^(require|verify-ca|verify-full|no-verify)$/.test(words.get('sslmode') ?? '')
}

function isVerified(words: URLSearchParams): boolean {
  const isCompatible = words.get('uselibpqcompat') === 'true'
  const verified = isCompatible ? /^verify-(ca|full)$/ : /^(require|verify-ca|verify-full)$/
  return verified.test(words.get('sslmode') ?? '')
}

/** The message for an unreadable string. Mostly its password has characters with a meaning in URLs. */
export const UNREADABLE_URL =
  'cannot be read; in user and password, characters such as # / ? @ must be percent-encoded'

/** An escape with a slip, such as %ZZ. Before anything else a percent sign stands for itself. */
const NO_ESCAPE = /%(?![0-9a-f]{2})[0-9a-z]{2}/i

/** Returns a connection string split at its question mark. Bare percent signs are encoded. */
export function splitUrl(url: string): { base: string; words: URLSearchParams } {
  const [base = '', query = ''] = encodeBarePercents(url).split(/\?(.*)/s)
  return { base, words: new URLSearchParams(query) }
}

/** Returns what is wrong with a connection string, or undefined if it can be used. */
export function connectionStringFault(url: string): string | undefined {
  if (NO_ESCAPE.test(url)) return 'has a % that begins no escape; write %25 for a percent sign'
  const { base, words } = splitUrl(url)
  if (!canDecode(base)) return UNREADABLE_URL
  const [, authority = '', path = ''] = /^postgres(?:ql)?:\/\/([^/]*)(.*)$/s.exec(base) ?? []
  // The parser takes what follows such a character for a path or parameter. It may be part of a password, and would be
  // shown.
  const isCutShort = url.split('?').slice(1).join('?').includes('@')
  if (base.includes('#') || path.includes('@') || isCutShort) return UNREADABLE_URL
  const hosts = authority.slice(authority.lastIndexOf('@') + 1)
  if (`${hosts}${words.get('host') ?? ''}`.includes(',')) return 'names several hosts; give one'
  return parameterFault(words)
}

function parameterFault(words: URLSearchParams): string | undefined {
  for (const [name, value] of words) {
    if (REFUSED.has(name)) return `has ${name}, which is not supported`
    if (!KNOWN.has(name)) return `has a parameter that is not known: ${name.slice(0, 40)}`
    if (VALUES[name]?.test(value) === false) return `has a value of ${name} that is not supported`
    if (words.getAll(name).length > 1) return `has ${name} twice`
  }
  return CONTRADICTIONS.find(([isOne]) => isOne(words))?.[1]
}

/** Makes the error that refuses a connection string. `fault` must hold no credentials. */
export function refusedUrl(fault: string): ConfigError {
  return ConfigError.of([`DATABASE_URL: ${fault}`])
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Encodes bare percent signs, each of which stands for itself. */
function encodeBarePercents(url: string): string {
  return url.replace(/%(?![0-9a-f]{2})/gi, '%25')
}

/**
 * Returns the parameters with explicit TLS settings. The driver treats `require` and `verify-ca` as `verify-full`, and
 * warns that this will change. So `verify-full` is set instead. `sslrootcert=system` is dropped in favour of the
 * certificates that Node trusts by default.
 */
export function tlsWords(words: URLSearchParams): URLSearchParams {
  const meant = new URLSearchParams(words)
  const mode = words.get('sslmode') ?? BY_SSL[words.get('ssl') ?? ''] ?? ''
  meant.delete('ssl')
  if (mode) meant.set('sslmode', mode)
  if (/^(prefer|allow)$/.test(mode)) meant.delete('sslmode')
  if (mode === 'no-verify') meant.delete('uselibpqcompat')
  if (/^(require|verify-ca)$/.test(mode) && words.get('uselibpqcompat') !== 'true') {
    meant.set('sslmode', 'verify-full')
  }
  if (words.get('sslrootcert') === 'system') meant.delete('sslrootcert')
  return meant
}

/** The `sslmode` of each value of `ssl`, which Heroku and JDBC use. */
const BY_SSL: Record<string, string> = {
  ...{ true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable' },
  'no-verify': 'no-verify',
}
