import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricsSettings } from '../config/metrics.ts'
import { failureCode } from '../database/errors.ts'
import { SECURITY_HEADERS } from '../http/headers.ts'
import { ConfigError } from '../utils/config-error.ts'
import type { NodeMetrics } from './metrics-node.ts'

const PATH = '/metrics'
const METHODS = new Set(['GET', 'HEAD'])
const BEARER = /^bearer +(\S+) *$/i

/** A scraper or two, and a person who looks. Others wait for nothing here. */
const MOST_CONNECTIONS = 16
const OPTIONS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}

export type MetricsServer = {
  url: string
  /** Closes the port and all connections at once. */
  close: () => void
}

/**
 * Shows the metrics at a port of their own, which answers nothing else, and to the bearer of the token alone where there is
 * one. Resolves when it listens. Throws a ConfigError if it cannot.
 */
export async function serveMetrics(
  settings: NonNullable<MetricsSettings>,
  read: NodeMetrics['read'],
): Promise<MetricsServer> {
  const isAllowed = allowing(settings.token)
  const server = createServer(OPTIONS, async (incoming, outgoing) => {
    const { url, method = '', headers } = incoming
    const answer = (status: number, more: Record<string, string> = {}, body = '') =>
      outgoing
        .writeHead(status, {
          ...SECURITY_HEADERS,
          'content-length': Buffer.byteLength(body),
          ...more,
        })
        .end(body)
    if (url !== PATH || !METHODS.has(method)) return answer(404)
    if (!isAllowed(headers)) return answer(401, { 'www-authenticate': 'Bearer' })
    try {
      const { contentType, text } = await read()
      answer(200, { 'content-type': contentType }, text)
    } catch {
      answer(500)
    }
  })
  server.maxConnections = MOST_CONNECTIONS
  const { address, port, family } = await listening(server, settings)
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${PATH}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Compares digests, so that the time tells nothing of the token, not even its length. */
function allowing(token: string | undefined): (headers: IncomingMessage['headers']) => boolean {
  if (token === undefined) return () => true
  const expected = sha256(token)
  return ({ authorization = '' }) =>
    timingSafeEqual(sha256(BEARER.exec(authorization)?.[1] ?? ''), expected)
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function listening(
  server: Server,
  { host, port }: NonNullable<MetricsSettings>,
): Promise<AddressInfo> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return server.address() as AddressInfo
  } catch (error) {
    const code = failureCode(error) ?? 'UNKNOWN'
    throw ConfigError.of([`METRICS_PORT: cannot listen on port ${port} of ${host}: ${code}`])
  }
}
