import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMetrics, KNOWN_EVENTS, type NodeMetrics } from '../../src/adapters/metrics-node.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import type { TestApp } from '../support/app.ts'
import { CHEAP } from '../support/app.ts'
import { createNodeTestApp } from '../support/app-node.ts'
import { recordingLogger, silent } from '../support/logger.ts'
import { type Document, routesOf } from '../support/openapi.ts'
import { filled } from '../support/path-params.ts'

const PAGE = readFileSync('docs/metrics.md', 'utf8')
const MARKER = 'hunter2marker'
/** What clients send that no route has. Node's parser takes no other methods; a Request takes any. */
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'PURGE',
  `HUNTER2${'X'.repeat(50)}`,
]

const none = { running: 0, waiting: 0, refused: 0 }

let base: TestApp
beforeAll(async () => {
  base = await createNodeTestApp()
})
afterAll(() => base.close())

/** The lines of one metric, as name{labels} value. */
async function lines(metrics: NodeMetrics, name: string): Promise<string[]> {
  const { text } = await metrics.read()
  return text.split('\n').filter((line) => line.startsWith(`edge_auth_${name}`))
}
const counting = async () => {
  const metrics = createMetrics()
  return { metrics, app: await base.beside({ deps: { metrics } }) }
}

describe('the metrics of Node', () => {
  it('count requests, their time, and log-ins, sign-ups and refreshes by outcome', async () => {
    const { metrics, app } = await counting()
    const person = await app.signup()
    const { refresh_token: token } = await app.login(person)
    await app.refresh(token)
    await app.post('/auth/login', { username_or_email: person.username, password: MARKER })
    expect(await lines(metrics, 'http_requests_total')).toEqual([
      'edge_auth_http_requests_total{method="POST",route="/auth/signup",status="201"} 1',
      'edge_auth_http_requests_total{method="POST",route="/auth/login",status="200"} 1',
      'edge_auth_http_requests_total{method="POST",route="/auth/refresh",status="200"} 1',
      'edge_auth_http_requests_total{method="POST",route="/auth/login",status="401"} 1',
    ])
    expect(await lines(metrics, 'http_request_duration_seconds_count')).toContain(
      'edge_auth_http_request_duration_seconds_count{method="POST",route="/auth/login"} 2',
    )
    expect(await lines(metrics, 'log_ins_total')).toEqual([
      'edge_auth_log_ins_total{outcome="success"} 1',
      'edge_auth_log_ins_total{outcome="wrong_password"} 1',
      'edge_auth_log_ins_total{outcome="unknown_account"} 0',
      'edge_auth_log_ins_total{outcome="too_many_requests"} 0',
    ])
    expect(await lines(metrics, 'sign_ups_total')).toEqual([
      'edge_auth_sign_ups_total{outcome="success"} 1',
    ])
    // What an alert waits for is there before it happens, or nobody would see its first time.
    expect(await lines(metrics, 'refreshes_total')).toEqual([
      'edge_auth_refreshes_total{outcome="success"} 1',
      'edge_auth_refreshes_total{outcome="refresh_token_reused"} 0',
    ])
  })

  it('count seconds, as Prometheus wants them', async () => {
    const metrics = createMetrics()
    const answered = { method: 'GET', route: '/health', status: 200, outcome: 'success' } as const
    metrics.answered({ ...answered, milliseconds: 30 })
    const name = 'http_request_duration_seconds'
    expect(await lines(metrics, `${name}_sum`)).toEqual([expect.stringMatching(/ 0\.03$/)])
    const buckets = await lines(metrics, `${name}_bucket`)
    expect(buckets).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/le="0\.025".* 0$/),
        expect.stringMatching(/le="0\.05".* 1$/),
      ]),
    )
  })

  it('never hold what a client sent, nor grow with it', async () => {
    const { metrics, app } = await counting()
    const routes = routesOf((await (await app.get('/openapi.json')).json()) as Document)
    const everything = async (marker: string) => {
      for (const { path } of [...routes, { path: '/nowhere' }]) {
        for (const method of METHODS) {
          const target = `${filled(path, marker)}?token=${marker}`
          for (const suffix of ['', '/', `/${marker}`]) {
            await app.request(target.replace('?', `${suffix}?`), {
              method,
              headers: {
                authorization: `Bearer ${marker}`,
                'content-type': 'application/json',
                ...{ 'user-agent': marker, 'x-request-id': marker, cookie: marker },
                traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
              },
              ...(!['GET', 'HEAD'].includes(method) && {
                body: JSON.stringify({
                  username_or_email: marker,
                  password: marker,
                  token: marker,
                }),
              }),
            })
          }
        }
      }
      return (await metrics.read()).text
    }
    const first = await everything(`${MARKER}1`)
    const second = await everything(`${MARKER}2`)
    expect(second).not.toMatch(/hunter2|4bf92f35|00f067aa/i)
    const series = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('edge_auth_'))
        .map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(series(second)).toEqual(series(first))
    const labels = await lines(metrics, 'http_request_duration_seconds_count')
    const named = labels.map((line) => /method="(.*?)",route="(.*?)"/.exec(line)?.slice(1))
    const operations = new Set(
      [
        ...routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
      ].flatMap((name) => [name, name.replace(/^GET/, 'HEAD')]),
    )
    const others = named.filter((one) => !operations.has(String(one?.join(' '))))
    expect(others.map((one) => one?.join(' ')).sort()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'OTHER', 'PATCH', 'POST', 'PUT', 'GET /openapi.json']
        .map((one) => (one.includes(' ') ? one : `${one} /*`))
        .sort(),
    )
  })

  it('count the events of the log by name, and pass them on as they are', async () => {
    const metrics = createMetrics()
    const { log, logger } = recordingLogger()
    const counted = metrics.counting(logger)
    counted.info('mail_sent', { mail_id: MARKER, attempts: 1 })
    counted.warn('mail_postponed', { code: MARKER })
    counted.error('internal_error')
    counted.info('request', { route: MARKER })
    expect(log).toMatchObject([
      { level: 'info', event: 'mail_sent', mail_id: MARKER, attempts: 1 },
      { level: 'warn', event: 'mail_postponed', code: MARKER },
      { level: 'error', event: 'internal_error' },
      { level: 'info', event: 'request' },
    ])
    const events = await lines(metrics, 'log_events_total')
    expect(events.filter((line) => !line.endsWith(' 0')).sort()).toEqual([
      'edge_auth_log_events_total{event="internal_error"} 1',
      'edge_auth_log_events_total{event="mail_postponed"} 1',
      'edge_auth_log_events_total{event="mail_sent"} 1',
    ])
    expect(events.filter((line) => line.endsWith(' 0')).length).toBe(KNOWN_EVENTS.length - 3)
    expect(events.join()).not.toMatch(new RegExp(`${MARKER}|"request"`))
  })

  it('show the queue of passwords as it is when somebody reads', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const slow = { hash: () => promise, verify: async () => true }
    const queue = { width: 1, maxWaiting: 1, maxWaitMilliseconds: 60_000 }
    const passwords = createPasswords(slow, queue, CHEAP)
    const metrics = createMetrics()
    metrics.watch({ passwords, pool: undefined })
    const hash = () => passwords.hash(MARKER, new AbortController().signal)
    const both = [hash(), hash()]
    await expect(hash()).rejects.toThrow('overloaded')
    const shown = () => lines(metrics, 'password_hashes')
    expect(await shown()).toEqual([
      'edge_auth_password_hashes{state="running"} 1',
      'edge_auth_password_hashes{state="waiting"} 1',
      'edge_auth_password_hashes_refused_total 1',
    ])
    resolve('a hash')
    await Promise.all(both)
    expect(await shown()).toEqual([
      'edge_auth_password_hashes{state="running"} 0',
      'edge_auth_password_hashes{state="waiting"} 0',
      'edge_auth_password_hashes_refused_total 1',
    ])
    expect(await lines(metrics, 'database')).toEqual([])
  })

  it('show the pool of the database as it is when somebody reads', async () => {
    const metrics = createMetrics()
    let load = { connections: 0, running: 0, waiting: 0, most: 10 }
    metrics.watch({ passwords: { load: () => none }, pool: () => load })
    await metrics.read()
    load = { connections: 3, running: 2, waiting: 1, most: 10 }
    expect(await lines(metrics, 'database')).toEqual([
      'edge_auth_database_connections 3',
      'edge_auth_database_connections_max 10',
      'edge_auth_database_statements{state="running"} 2',
      'edge_auth_database_statements{state="waiting"} 1',
    ])
  })

  it('are the process’s too, and each of their own: several may live in one process', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.counting(silent).info('mail_sent')
    expect((await one.read()).text).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect((await one.read()).text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
    expect(await lines(other, 'log_events_total{event="mail_sent"}')).toEqual([
      'edge_auth_log_events_total{event="mail_sent"} 0',
    ])
    expect((await one.read()).contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  })
})

describe('docs/metrics.md', () => {
  it('lists every metric of the service with its kind and labels', async () => {
    const { metrics, app } = await counting()
    metrics.watch({
      passwords: { load: () => none },
      pool: () => ({ connections: 1, running: 0, waiting: 0, most: 10 }),
    })
    await app.get('/health')
    const { text } = await metrics.read()
    const known = Array.from(
      text.matchAll(/^# TYPE (edge_auth_\w+) (\w+)$/gm),
      ([, name, kind]) => {
        const [, labels = ''] = new RegExp(`^${name}(?:_bucket)?\\{(.*?)\\} `, 'm').exec(text) ?? []
        const names = Array.from(labels.matchAll(/(\w+)=/g), ([, label]) => label)
        return [name, kind, ...names.filter((label) => label !== 'le').sort()]
      },
    )
    const listed = [...PAGE.matchAll(/^\| `(edge_auth_\w+)` +\| (\w+) +\| (.*?) +\|/gm)].map(
      ([, name, kind, labels = '']) => [
        ...[name, kind],
        ...Array.from(labels.matchAll(/`(\w+)`/g), ([, label]) => label).sort(),
      ],
    )
    expect(listed.sort()).toEqual(known.sort())
    expect(known.length).toBeGreaterThan(8)
  })

  it('asks in its alerts for metrics that exist', async () => {
    const { text } = await createMetrics().read()
    const asked = [...PAGE.matchAll(/```promql\n([\s\S]*?)```/g)].map(([, query]) => query).join()
    const names = [...asked.matchAll(/\b(?:edge_auth|nodejs|process)_\w+/g)].map(([name]) => name)
    expect(names.length).toBeGreaterThan(5)
    const documented = (name: string) =>
      text.includes(`# TYPE ${name} `) || PAGE.includes(`| \`${name}\``)
    expect(names.filter((name) => !documented(name.replace(/_(bucket|sum|count)$/, '')))).toEqual(
      [],
    )
  })

  it('and docs/log.md has each event that is known from the start', () => {
    const log = readFileSync('docs/log.md', 'utf8')
    expect(KNOWN_EVENTS.filter((event) => !log.includes(`\n| \`${event}\` `))).toEqual([])
  })
})
