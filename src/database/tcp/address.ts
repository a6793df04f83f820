import type { ClientConfig } from 'pg'
import { parse } from 'pg-connection-string'
import {
  connectionStringFault,
  refusedUrl,
  splitUrl,
  tlsWords,
  UNREADABLE_URL,
} from '../connection-string.ts'
import type { DatabaseSettings } from '../settings.ts'
import type { ServerAddress } from './cancel.ts'

/** Where the database is, and how to connect to it. */
export type Address = ServerAddress & {
  client: ClientConfig
  /** True if an unencrypted connection will do as well (`sslmode=prefer`). */
  isTlsOptional: boolean
  /** True behind a pooler in transaction mode. */
  isTransactionPooler: boolean
  /** The maximum number of connections. */
  poolSize: number
  /** Host, port, database and TLS, for people. It has neither user nor password. */
  description: string
}

type Settings = Partial<Pick<DatabaseSettings, 'poolSize' | 'pooler'>>

const DEFAULT_POOL_SIZE = 10
const DEFAULT_PORT = 5432
/** Hosts of known poolers in transaction mode: Neon's pooled ones, and Supabase's on this port. */
const TRANSACTION_POOLERS = /-pooler\.|\.pooler\.supabase\.com:6543$/

/**
 * Reads a connection string with the driver's own parser, after mending what that would misread. Throws a ConfigError
 * that says what is wrong with DATABASE_URL, and never shows the string.
 */
export function readAddress(url: string, { poolSize, pooler }: Settings = {}): Address {
  const fault = connectionStringFault(url)
  if (fault) throw refusedUrl(fault)

  const { base, words } = splitUrl(url)
  const parsed = parsedBy(`${base}?${tlsWords(words)}`)
  const host = parsed.host || 'localhost'
  const port = Number(parsed.port || DEFAULT_PORT)
  if (!(port > 0 && port < 65_536)) throw refusedUrl('has a port that is none')

  const isTlsOptional = /^(prefer|allow)$/.test(words.get('sslmode') ?? '')
  const isSocket = host.startsWith('/')
  const ssl = isSocket ? false : isTlsOptional ? { rejectUnauthorized: false } : parsed.ssl
  const database = words.get('dbname') ?? databaseOf(base)
  const bindsChannel = /^(prefer|require)$/.test(words.get('channel_binding') ?? '')
  const given = {
    user: parsed.user,
    password: parsed.password,
    database,
    options: parsed.options,
    ssl,
    sslnegotiation: parsed.sslnegotiation,
  }
  const applicationName = parsed.application_name ?? parsed.fallback_application_name
  return {
    host,
    port,
    client: {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
      ssl: ssl || false,
      host,
      port,
      application_name: applicationName ?? 'edge-auth',
      enableChannelBinding: Boolean(ssl) && bindsChannel,
    } as ClientConfig,
    isTlsOptional,
    isTransactionPooler: pooler
      ? pooler === 'transaction'
      : words.get('pgbouncer') === 'true' || TRANSACTION_POOLERS.test(`${host}:${port}`),
    poolSize: poolSize ?? (Number(words.get('connection_limit')) || DEFAULT_POOL_SIZE),
    description: [
      isSocket ? `socket ${host}/.s.PGSQL.${port}` : `host ${host}, port ${port}`,
      `database ${database || 'by default'}`,
      `TLS ${isTlsOptional ? 'if the server has it' : tlsOf(ssl)}`,
    ].join(', '),
  }
}

function parsedBy(text: string): ReturnType<typeof parse> {
  try {
    return parse(text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw refusedUrl(
      code && code !== 'ERR_INVALID_URL'
        ? `sslrootcert, sslcert or sslkey names a file that cannot be read (${code})`
        : UNREADABLE_URL,
    )
  }
}

/** Decodes a database's name. The parser leaves characters such as %2F in it encoded. */
function databaseOf(base: string): string | undefined {
  const [, path = ''] = /^[^/]*\/\/[^/]*\/(.*)$/s.exec(base) ?? []
  return decodeURIComponent(path) || undefined
}

function tlsOf(ssl: unknown): string {
  if (!ssl) return 'off'
  const isChecked = typeof ssl !== 'object' || !('rejectUnauthorized' in ssl)
  return isChecked ? 'with the certificate verified' : 'with any certificate'
}
