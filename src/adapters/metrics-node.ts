// prom-client: Apache-2.0, no binary, the format's usual library on Node, whose process metrics all dashboards know. It is
// loaded where METRICS_PORT is set alone, and no part of it is in the Worker (tools/check-bundle.ts).
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { QueueLoad } from '../core/passwords/bounded-queue.ts'
import type { PoolLoad } from '../database/index.ts'
import type { Answered, Metrics } from '../deps.ts'
import type { Logger } from '../utils/log.ts'

/** From a question to the database to a log-in that has to wait for its turn. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What is counted by outcome, with the outcomes that alerts wait for: these are there from the start, as 0. */
const BY_OUTCOME: { call: string; name: string; help: string; known: Answered['outcome'][] }[] = [
  { call: 'POST /auth/signup', name: 'sign_ups', help: 'Sign-ups', known: ['success'] },
  {
    call: 'POST /auth/login',
    name: 'log_ins',
    help: 'Log-ins',
    known: ['success', 'wrong_password', 'unknown_account', 'too_many_requests'],
  },
  {
    call: 'POST /auth/refresh',
    name: 'refreshes',
    help: 'Refreshes of a session',
    known: ['success', 'refresh_token_reused'],
  },
]

/** Events of the log (docs/log.md) that alerts wait for: these are there from the start, as 0. Others come as they happen. */
export const KNOWN_EVENTS = [
  ...['mail_sent', 'mail_postponed', 'mail_given_up', 'delivery_failed', 'cleanup_failed'],
  ...['internal_error', 'service_unavailable', 'overloaded', 'unhandled_rejection'],
  ...['password_hash_refused', 'limit_reached', 'database_stopped', 'log_lines_dropped'],
  ...['credential_refused', 'audit_failed', 'file_cut_off'],
]
/** Requests are counted by themselves, and a log without these lines would show the same. */
const REQUEST_EVENT = 'request'

/** What has something to tell when it is asked. Some databases have no pool. */
type Sources = { passwords: { load: () => QueueLoad }; pool: (() => PoolLoad) | undefined }

export type NodeMetrics = Metrics & {
  /** A logger that counts its events by their names, of which there are as many as the sources have. */
  counting: (logger: Logger) => Logger
  /** Names what is asked each time that somebody reads. Call it once. */
  watch: (sources: Sources) => void
  /** All metrics as Prometheus reads them. */
  read: () => Promise<{ contentType: string; text: string }>
}

/** Makes metrics for Prometheus, and those of the process. No label is anything that a client sent. */
export function createMetrics(): NodeMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'edge_auth_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  })
  const durations = new Histogram({
    name: 'edge_auth_http_request_duration_seconds',
    help: 'How long answers took.',
    labelNames: ['method', 'route'] as const,
    buckets: SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'edge_auth_log_events_total',
    help: 'Events of the log, but requests.',
    labelNames: ['event'] as const,
    registers,
  })
  for (const event of KNOWN_EVENTS) events.inc({ event }, 0)
  const byOutcome = new Map(
    BY_OUTCOME.map(({ call, name, help, known }) => {
      const counter = new Counter({
        name: `edge_auth_${name}_total`,
        help: `${help}, by outcome.`,
        labelNames: ['outcome'] as const,
        registers,
      })
      for (const outcome of known) counter.inc({ outcome }, 0)
      return [call, counter]
    }),
  )

  const counted =
    (logger: Logger, level: keyof Logger): Logger['info'] =>
    (event, fields) => {
      if (event !== REQUEST_EVENT) events.inc({ event })
      logger[level](event, fields)
    }
  return {
    answered({ method, route, status, outcome, milliseconds }) {
      requests.inc({ method, route, status })
      durations.observe({ method, route }, milliseconds / 1000)
      byOutcome.get(`${method} ${route}`)?.inc({ outcome })
    },
    counting: (logger) => ({
      info: counted(logger, 'info'),
      warn: counted(logger, 'warn'),
      error: counted(logger, 'error'),
    }),
    watch(sources) {
      watchPasswords(registry, sources.passwords.load)
      if (sources.pool) watchPool(registry, sources.pool)
    },
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function watchPasswords(registry: Registry, load: () => QueueLoad): void {
  new Gauge({
    name: 'edge_auth_password_hashes',
    help: 'Passwords that are being hashed, or wait for it.',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      const { running, waiting } = load()
      this.set({ state: 'running' }, running)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  new Counter({
    name: 'edge_auth_password_hashes_refused_total',
    help: 'Passwords that were not hashed, for too many waited or the wait was too long.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(load().refused)
    },
  })
}

function watchPool(registry: Registry, load: () => PoolLoad): void {
  new Gauge({
    name: 'edge_auth_database_connections',
    help: 'Open connections to the database.',
    registers: [registry],
    collect() {
      this.set(load().connections)
    },
  })
  new Gauge({
    name: 'edge_auth_database_connections_max',
    help: 'How many connections to the database there may be.',
    registers: [registry],
    collect() {
      this.set(load().most)
    },
  })
  new Gauge({
    name: 'edge_auth_database_statements',
    help: 'Statements that the database runs, or that lack only a connection.',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      const { running, waiting } = load()
      this.set({ state: 'running' }, running)
      this.set({ state: 'waiting' }, waiting)
    },
  })
}
