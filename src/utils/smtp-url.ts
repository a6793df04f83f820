import { isLoopbackHost } from './loopback.ts'

/** A server that takes mails, as SMTP_URL names it. */
export type SmtpServer = {
  host: string
  port: number
  /** True if the connection begins with TLS (smtps://). Else it must turn to TLS before anything else (STARTTLS). */
  isTlsFromStart: boolean
  isLoopback: boolean
  login: { user: string; password: string } | undefined
}

const DEFAULT_PORTS: Record<string, number> = { 'smtp:': 587, 'smtps:': 465 }
/** The parser takes nearly anything for a host where it does not know the scheme. */
const HOST = /^(?:[a-z\d_](?:[\w.-]{0,251}[a-z\d])?|\[[\da-f:.]+\])$/i
const CONTROL_CHARACTER = /\p{Cc}/u

/**
 * Reads a URL such as `smtps://user:password@smtp.example.org:465`. Returns undefined for anything else. Options are
 * refused, so that none can turn the check of certificates off.
 */
export function readSmtpUrl(text: string): SmtpServer | undefined {
  if (!URL.canParse(text) || /[?#]/.test(text)) return undefined
  const url = new URL(text)
  const defaultPort = DEFAULT_PORTS[url.protocol]
  const login = loginOf(url)
  const hasNoPath = url.pathname === '' || url.pathname === '/'
  if (!defaultPort || !hasNoPath || login === undefined || !HOST.test(url.hostname)) {
    return undefined
  }
  const port = url.port === '' ? defaultPort : Number(url.port)
  if (port === 0) return undefined
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    isTlsFromStart: url.protocol === 'smtps:',
    isLoopback: isLoopbackHost(url.hostname),
    login: login ?? undefined,
  }
}

/** Null for none, undefined for half of one or one that cannot be read. */
function loginOf({ username, password }: URL): SmtpServer['login'] | null {
  if (username === '' && password === '') return null
  const [user, secret] = [decoded(username), decoded(password)]
  return user && secret ? { user, password: secret } : undefined
}

function decoded(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text)
    return CONTROL_CHARACTER.test(value) ? undefined : value
  } catch {
    return undefined
  }
}
