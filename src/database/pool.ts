import { createBackoff } from './backoff.ts'
import { chooseConnection, chooseIdle } from './choose-connection.ts'
import { CONNECTION_DEADLINE_MILLISECONDS } from './deadlines.ts'
import type { Answer, Sent } from './drizzle.ts'
import { DatabaseUnavailable, failureCode } from './errors.ts'
import type { PoolConnection } from './pool-connection.ts'
import { createWatch } from './watch.ts'

export type PoolOptions = {
  /** How many connections there may be at once. */
  size: number
  open: (onEnd: (connection: PoolConnection) => void) => Promise<PoolConnection>
  /** True where nothing may be sent on a connection before the last answer has come. */
  isExclusive: boolean
  nameOf: (sent: Sent) => string | undefined
  /** Called when a session proved to be another one than before, as behind a pooler that nobody told of. */
  onSwapped: () => void
}

/** A database that is slow must not be let fill the memory with those who wait for it (security bar R02). */
const MAX_STATEMENTS = 1_000
/** Settings, certificates and the server behind a name change; no connection outlives them for longer. */
const LIFETIME_MILLISECONDS = 30 * 60_000
/** Younger connections are spared when all are opened anew, so that a database that goes on refusing is not stormed. */
const YOUNG_MILLISECONDS = 1_000
const CLOSE_MILLISECONDS = 2_000
/** After these all sessions are opened anew: each may hold the setting, or the plan, that was in the way. */
const RENEW_AFTER = /^(0A000|25006|26000|42P05)$/
const SWAPPED = /^(26000|42P05)$/

type Job = {
  sent: Sent
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
  /** Where it was sent; nothing while it waits. */
  connection: PoolConnection | undefined
  /** Says that it was answered: true unless it was given up before. */
  isInTime: () => boolean
}

/**
 * Connections that are opened when they are needed, and who gets which. A connection that cannot be opened leaves its
 * statements to those that are open; where none is, they fail at once until the next attempt is due.
 */
export function createPool({ size, open, isExclusive, nameOf, onSwapped }: PoolOptions) {
  const choose = isExclusive ? chooseIdle<PoolConnection> : chooseConnection<PoolConnection>
  const watch = createWatch(CONNECTION_DEADLINE_MILLISECONDS)
  const backoff = createBackoff()
  let connections: PoolConnection[] = []
  /** Those that are to go once they have answered. */
  const leaving = new Set<PoolConnection>()
  const waiting = new Set<Job>()
  /** The users who have a write in flight: another of theirs would wait for the same row, and hold up a connection. */
  const writers = new Set<string>()
  let opening = 0
  let unanswered = 0
  let lastFailure: unknown
  let lookedAt = 0
  let isClosed = false

  function send(sent: Sent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (isClosed) throw new DatabaseUnavailable('the pool is closed', 'POOL_CLOSED')
      if (unanswered >= MAX_STATEMENTS) {
        throw new DatabaseUnavailable('too many statements', 'TOO_MANY_STATEMENTS')
      }
      const job: Job = {
        ...{ sent, resolve, reject, connection: undefined },
        isInTime: watch(() => giveUp(job)),
      }
      unanswered++
      retireOld()
      if (!start(job)) {
        waiting.add(job)
        openMore()
      }
    })
  }

  /** Sends the job if there is a connection for it. */
  function start(job: Job): boolean {
    const { sent } = job
    if (isHeldUp(sent)) return false
    const connection = choose(sent.kind, connections)
    if (!connection) return false
    const isWrite = sent.kind === 'write'
    if (connection.inFlight++ === 0) connection.movedAt = performance.now()
    if (isWrite) connection.writing++
    if (isWrite && sent.userId !== undefined) writers.add(sent.userId)
    job.connection = connection
    connection.send({ name: nameOf(sent), text: sent.text, params: sent.params }).then(
      (answer) => {
        if (!connection.hasServed) {
          connection.hasServed = true
          backoff.succeeded()
        }
        answered(job, connection)
        job.resolve(answer)
      },
      (error: unknown) => {
        const code = failureCode(error) ?? ''
        if (SWAPPED.test(code)) onSwapped()
        if (RENEW_AFTER.test(code)) renew()
        answered(job, connection)
        job.reject(error)
      },
    )
    return true
  }

  function isHeldUp({ kind, userId }: Sent): boolean {
    return kind === 'write' && userId !== undefined && writers.has(userId)
  }

  function answered({ sent, isInTime }: Job, connection: PoolConnection): void {
    if (isInTime()) unanswered--
    connection.inFlight--
    connection.movedAt = performance.now()
    if (sent.kind === 'write') {
      connection.writing--
      if (sent.userId !== undefined) writers.delete(sent.userId)
    }
    if (connection.inFlight === 0 && leaving.has(connection)) void connection.end()
    serveWaiting()
  }

  /** Gives out what there is, opens what is missing; where nothing can be opened now, nobody is kept waiting. */
  function serveWaiting(): void {
    for (const job of waiting) {
      if (start(job)) waiting.delete(job)
    }
    openMore()
  }

  function openMore(): void {
    grow()
    if (connections.length === 0 && opening === 0) failWaiting()
  }

  function failWaiting(): void {
    for (const job of waiting) {
      waiting.delete(job)
      if (job.isInTime()) unanswered--
      job.reject(lastFailure)
    }
  }

  /** What does not come in time is cancelled; its connection is taken for dead. */
  function giveUp(job: Job): void {
    unanswered--
    waiting.delete(job)
    job.reject(new DatabaseUnavailable('no answer in time', 'ANSWER_TIMEOUT'))
    job.connection?.cancel()
  }

  /** Opens what is wanted, as far as there is room; after a failure one at a time. */
  function grow(): void {
    if (waiting.size === 0 || isClosed) return
    const wanted = Math.min(missing(), backoff.isHealthy() ? size : 1)
    while (
      opening < wanted &&
      connections.length + leaving.size + opening < size &&
      backoff.isDue()
    ) {
      void attempt()
    }
  }

  /** A connection for each user who could write, and for each write that is nobody's; reads share one. */
  function missing(): number {
    const free = [...waiting].filter(({ sent }) => !isHeldUp(sent))
    const sharers = free.map(({ sent }) => (sent.kind === 'read' ? 'read' : (sent.userId ?? sent)))
    return new Set(sharers).size
  }

  async function attempt(): Promise<void> {
    opening++
    try {
      connections.push(await open(ended))
    } catch (error) {
      backoff.failed()
      lastFailure = error
    }
    opening--
    serveWaiting()
  }

  function ended(connection: PoolConnection): void {
    leaving.delete(connection)
    connections = connections.filter((one) => one !== connection)
    if (!connection.hasServed && connection.inFlight > 0) {
      backoff.failed()
      lastFailure = new DatabaseUnavailable('the connection served nothing', 'CONNECTION_ENDED')
    }
    serveWaiting()
  }

  function retire(isDue: (connection: PoolConnection) => boolean): void {
    const due = connections.filter(isDue)
    if (due.length === 0) return
    connections = connections.filter((one) => !due.includes(one))
    for (const connection of due) {
      leaving.add(connection)
      if (connection.inFlight === 0) void connection.end()
    }
  }

  function retireOld(): void {
    const now = performance.now()
    if (now - lookedAt < YOUNG_MILLISECONDS) return
    lookedAt = now
    retire(({ openedAt }) => now - openedAt > LIFETIME_MILLISECONDS)
  }

  function renew(): void {
    const now = performance.now()
    retire(({ openedAt }) => now - openedAt > YOUNG_MILLISECONDS)
  }

  async function close(): Promise<void> {
    isClosed = true
    lastFailure = new DatabaseUnavailable('the pool is closed', 'POOL_CLOSED')
    failWaiting()
    const all = [...connections, ...leaving]
    const timer = setTimeout(() => all.map((one) => one.destroy()), CLOSE_MILLISECONDS)
    await Promise.all(all.map((connection) => connection.end()))
    clearTimeout(timer)
  }

  return { send, close }
}
