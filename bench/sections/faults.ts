import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresServer } from '../../test/support/postgres-server.ts'
import { type SqlClient, sqlClient } from '../../test/support/sql.ts'
import { startTcpProxy } from '../../test/support/tcp-proxy.ts'
import { addressOf } from '../support/addresses.ts'
import { type Check, table } from '../support/report.ts'
import { memoryOf, startTarget } from '../support/targets.ts'

const LANES = 32
const STEADY_MS = 2_000
const FAULT_MS = 4_000
const MAX_RECOVERY_MS = 2_000
const MAX_CONNECTIONS_A_SECOND = 20
const PASSWORD = 'correct horse battery staple'
const ROLE = 'limited'

type FaultTargets = {
  server: Awaited<ReturnType<typeof createPostgresServer>>
  proxy: Awaited<ReturnType<typeof startTcpProxy>>
  admin: () => SqlClient
}
/** A fault of the database, and how to undo it. Recovery counts from the end of `undo`. */
type Fault = {
  begin: (at: FaultTargets) => Promise<unknown>
  undo: (at: FaultTargets) => Promise<unknown>
}

const readOnly = (isOn: boolean) => async (sql: SqlClient) => {
  await sql.unsafe(`alter database postgres set default_transaction_read_only = ${isOn}`)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'edge-auth' and ${isOn}`
}

async function asAdmin(at: FaultTargets, work: (sql: SqlClient) => Promise<unknown>) {
  const sql = at.admin()
  await sql.unsafe('set default_transaction_read_only = off')
  await work(sql)
  await sql.end()
}

const FAULTS: Record<string, Fault> = {
  'a restart': {
    begin: ({ server }) => server.server.stop(),
    undo: ({ server }) => server.server.start(),
  },
  'a failover to read-only and back': {
    begin: (at) => asAdmin(at, readOnly(true)),
    undo: (at) => asAdmin(at, readOnly(false)),
  },
  'a server that accepts and hangs up': {
    begin: async ({ proxy }) => {
      proxy.set('refuse')
      proxy.reset()
    },
    undo: async ({ proxy }) => proxy.set('pass'),
  },
  'packets that nobody answers': {
    begin: async ({ proxy }) => proxy.set('hang'),
    undo: async ({ proxy }) => {
      proxy.reset()
      proxy.set('pass')
    },
  },
  'three connections and no more': {
    begin: async (at) => {
      await asAdmin(at, (sql) => sql.unsafe(`alter role ${ROLE} connection limit 3`))
      at.proxy.reset()
    },
    undo: (at) => asAdmin(at, (sql) => sql.unsafe(`alter role ${ROLE} connection limit -1`)),
  },
}

/** Measures the service under constant load while the database is away and after it is back. */
export async function measureFaults(): Promise<{ text: string; checks: Check[] }> {
  const server = await createPostgresServer()
  const { hostname: host, port } = new URL(server.url)
  const proxy = await startTcpProxy({ host, port: Number(port) })
  const at: FaultTargets = { server, proxy, admin: () => sqlClient(server.url) }
  // Limits do not bind a superuser.
  await asAdmin(at, async (sql) => {
    await sql.unsafe(`create role ${ROLE} login password '${ROLE}'`)
    await sql.unsafe(`alter database postgres owner to ${ROLE}`)
  })
  const url = `postgres://${ROLE}:${ROLE}@127.0.0.1:${proxy.port}/postgres`
  const service = await startTarget('service', url)
  const rows: string[][] = []
  const checks: Check[] = []
  try {
    const load = await startLoad(`http://127.0.0.1:${service.port}`)
    await sleep(STEADY_MS)
    for (const [name, { begin, undo }] of Object.entries(FAULTS)) {
      await begin(at)
      const [accepted, before] = [proxy.accepted(), load.counts()]
      await sleep(FAULT_MS)
      const connections = (proxy.accepted() - accepted) / (FAULT_MS / 1000)
      const during = load.counts()
      await undo(at)
      const recovery = await load.millisecondsUntilAllWork()
      await sleep(STEADY_MS)
      rows.push([
        name,
        String(during.served - before.served),
        String(during.refused - before.refused),
        connections.toFixed(1),
        recovery.toFixed(0),
        (memoryOf(service.pid)?.peak ?? Number.NaN).toFixed(0),
      ])
      checks.push(
        {
          what: `recovery after ${name}`,
          found: `${recovery.toFixed(0)} ms`,
          budget: `≤ ${MAX_RECOVERY_MS} ms`,
          ok: recovery <= MAX_RECOVERY_MS,
        },
        {
          what: `connections a second during ${name}`,
          found: connections.toFixed(1),
          budget: `≤ ${MAX_CONNECTIONS_A_SECOND}`,
          ok: connections <= MAX_CONNECTIONS_A_SECOND,
        },
      )
    }
    await load.stop()
  } finally {
    await service.stop()
    proxy.close()
    await server.server.stop()
    await server.remove()
  }
  const head = ['during', 'served', '503', 'connections/s', 'recovery, ms', 'MiB at most']
  return { text: table(head, rows), checks }
}

/**
 * Runs lanes that send one request after another, alternating reads and writes. Any answer but success and 503 ends the
 * run.
 */
async function startLoad(base: string) {
  const send = (path: string, method: string, token: string) =>
    fetch(base + path, { method, headers: { authorization: `Bearer ${token}` } })
  const post = (path: string, from: string, body: object) =>
    fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify(body),
    })
  let [served, refused] = [0, 0]
  let isGoing = true

  /** Returns the body of a success, or undefined for a 503. */
  async function counted(answer: Response) {
    const text = await answer.text()
    if (answer.ok) served++
    else if (answer.status === 503) refused++
    else throw new Error(`answered ${answer.status}: ${text}`)
    return answer.ok ? JSON.parse(text) : undefined
  }

  async function newcomer(number: number) {
    const person = {
      username: `lane${number}`,
      email: `l${number}@example.org`,
      password: PASSWORD,
    }
    const from = addressOf('newcomer', number)
    await counted(await post('/auth/signup', from, person))
    const login = { username_or_email: person.username, password: PASSWORD }
    return counted(await post('/auth/login', from, login))
  }

  async function lane(number: number) {
    let tokens = await newcomer(number)
    while (isGoing) {
      await counted(await send('/auth/me', 'GET', tokens.access_token))
      tokens = (await counted(await send('/auth/refresh', 'POST', tokens.refresh_token))) ?? tokens
      await sleep(20)
    }
  }

  const lanes = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  const probe = await newcomer(LANES)
  return {
    counts: () => ({ served, refused }),
    /** Returns the time until the first served read and write that nineteen more of each follow in a row. */
    async millisecondsUntilAllWork() {
      const startedAt = performance.now()
      let servedAt = startedAt
      for (let inARow = 0; inARow < 20; ) {
        const me = await counted(await send('/auth/me', 'GET', probe.access_token))
        const refreshed = await counted(await send('/auth/refresh', 'POST', probe.refresh_token))
        Object.assign(probe, refreshed)
        inARow = me && refreshed ? inARow + 1 : 0
        if (inARow === 1) servedAt = performance.now()
      }
      return servedAt - startedAt
    },
    async stop() {
      isGoing = false
      await lanes
    },
  }
}
