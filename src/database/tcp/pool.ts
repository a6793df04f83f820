import { ANSWER_DEADLINE_MILLISECONDS, QUEUE_DEADLINE_MILLISECONDS } from '../deadlines.ts'
import { DatabaseUnavailable, failureCode } from '../errors.ts'
import type { PoolLoad } from '../index.ts'
import type { Answer, Sent } from '../send.ts'
import { createBackoff } from './backoff.ts'
import { chooseConnection, chooseIdle } from './choose-connection.ts'
import { createDeadlines } from './deadline-timer.ts'
import type { PoolConnection } from './pool-connection.ts'
import { createWriteQueues } from './write-queues.ts'

export type PoolOptions = {
  /** The maximum number of connections. */
  size: number
  open: (onEnd: (connection: PoolConnection) => void) => Promise<PoolConnection>
  /** True if nothing may be sent on a connection before its last answer has come. */
  isExclusive: boolean
  nameOf: (sent: Sent) => string | undefined
  /**
   * Called when a connection turns out to have another session than before, as behind a pooler that is not configured.
   */
  onSwapped: () => void
}

/** A slow database must not fill the memory with waiting statements (security bar R02). */
const MAX_STATEMENTS = 1_000
/**
 * Settings, certificates and the server behind a name change. A new connection sees the change at the latest after this
 * time.
 */
const LIFETIME_MILLISECONDS = 30 * 60_000
/** Renewal keeps younger connections, so that a database that keeps refusing gets no storm of new ones. */
const YOUNG_MILLISECONDS = 1_000
/** A connection with an answer as recent as this is slow, not dead. */
const ALIVE_MILLISECONDS = 1_000
/** After these all sessions are renewed. Each may hold the setting or plan that failed. */
const RENEW_AFTER = /^(0A000|25006|26000|42P05)$/
const SWAPPED = /^(26000|42P05)$/

type Job = {
  sent: Sent
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
  /** Clears the deadline. Returns true unless the job was given up before. */
  isInTime: () => boolean
}

/**
 * Opens connections on demand and assigns statements to them. If a connection cannot be opened, its statements wait for
 * the open ones. If none is open, they fail at once until the next attempt is due.
 */
export function createPool({ size, open, isExclusive, nameOf, onSwapped }: PoolOptions) {
  const choose = isExclusive ? chooseIdle<PoolConnection> : chooseConnection<PoolConnection>
  const setTurnDeadline = createDeadlines(QUEUE_DEADLINE_MILLISECONDS)
  const setAnswerDeadline = createDeadlines(ANSWER_DEADLINE_MILLISECONDS)
  const backoff = createBackoff()
  const writeQueues = createWriteQueues<Job>()
  let connections: PoolConnection[] = []
  /** Connections that close after their last answer. */
  const leaving = new Set<PoolConnection>()
  /** Jobs that lack only a connection. */
  const waiting = new Set<Job>()
  let opening = 0
  let unanswered = 0
  let lastFailure = new DatabaseUnavailable('no connection yet', 'NO_CONNECTION') as unknown
  let lookedAt = 0
  let wakeUp: NodeJS.Timeout | undefined
  let isClosed = false

  function send(sent: Sent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (isClosed) throw new DatabaseUnavailable('the pool is closed', 'POOL_CLOSED')
      if (unanswered >= MAX_STATEMENTS) {
        throw new DatabaseUnavailable('too many statements', 'TOO_MANY_STATEMENTS')
      }
      const job: Job = { sent, resolve, reject, isInTime: () => true }
      retireOld()
      const isItsTurn = writeQueues.enter(writerOf(sent), job)
      unanswered++
      job.isInTime = setTurnDeadline(() => passOver(job))
      if (!isItsTurn) return
      admit(job)
      if (waiting.size > 0) openMore()
    })
  }

  function admit(job: Job): void {
    if (!start(job)) waiting.add(job)
  }

  /** Sends the job and returns true if there is a connection for it. */
  function start(job: Job): boolean {
    const { sent } = job
    const connection = choose(sent.kind, connections)
    if (!connection) return false
    if (connection.inFlight++ === 0) connection.movedAt = performance.now()
    if (sent.kind !== 'read') connection.writing++
    job.isInTime()
    job.isInTime = setAnswerDeadline(() => giveUp(job, connection))
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

  function answered(job: Job, connection: PoolConnection): void {
    connection.inFlight--
    connection.movedAt = performance.now()
    if (job.sent.kind !== 'read') connection.writing--
    if (connection.inFlight === 0 && leaving.has(connection)) connection.end()
    if (job.isInTime()) unanswered--
    endTurn(job)
    if (waiting.size > 0) serveWaiting()
  }

  function endTurn({ sent }: Job): void {
    const next = writeQueues.leave(writerOf(sent))
    if (next) admit(next)
  }

  function serveWaiting(): void {
    for (const job of waiting) {
      if (start(job)) waiting.delete(job)
    }
    openMore()
  }

  /** Fails a job that got no turn or no connection in time. */
  function passOver(job: Job): void {
    unanswered--
    job.reject(new DatabaseUnavailable('no connection in time', 'TURN_TIMEOUT'))
    if (!writeQueues.remove(writerOf(job.sent), job)) {
      waiting.delete(job)
      endTurn(job)
    }
  }

  /**
   * Fails a job without an answer in time. Cancels it and drops its connection, unless that answers other statements.
   */
  function giveUp(job: Job, connection: PoolConnection): void {
    unanswered--
    job.reject(new DatabaseUnavailable('no answer in time', 'ANSWER_TIMEOUT'))
    if (performance.now() - connection.movedAt < ALIVE_MILLISECONDS) return
    forget(connection)
    connection.cancel()
  }

  /** Opens missing connections. If none is open and none can be opened now, no job is kept waiting. */
  function openMore(): void {
    const room = size - connections.length - leaving.size - opening
    if (!isClosed && room > 0 && waiting.size > 0) {
      if (backoff.isDue()) openUpTo(room)
      else if (!wakeUp) wakeUp = setTimeout(wake, backoff.dueInMilliseconds()).unref()
    }
    if (connections.length + opening + leaving.size === 0) failWaiting()
  }

  /** Reads share a connection, and writes do not. After a failure there is only one attempt at a time. */
  function openUpTo(room: number): void {
    const writes = [...waiting].filter(({ sent }) => sent.kind !== 'read').length
    const missing = writes + (writes < waiting.size ? 1 : 0) - opening
    const most = backoff.isHealthy() ? room : 1 - opening
    for (let count = Math.min(missing, most, room); count > 0; count--) void openOne()
  }

  async function openOne(): Promise<void> {
    const begunAt = performance.now()
    opening++
    try {
      const connection = await open(ended)
      if (isClosed) connection.end()
      else connections.push(connection)
    } catch (error) {
      backoff.failed(begunAt)
      lastFailure = error
    }
    opening--
    serveWaiting()
  }

  function wake(): void {
    wakeUp = undefined
    serveWaiting()
  }

  /** Jobs that get their turn meanwhile fail as well. */
  function failWaiting(): void {
    for (const job of waiting) {
      waiting.delete(job)
      if (job.isInTime()) unanswered--
      job.reject(lastFailure)
      endTurn(job)
    }
  }

  /** Returns true if the connection could still get statements. */
  function forget(connection: PoolConnection): boolean {
    const before = connections.length
    connections = connections.filter((one) => one !== connection)
    return connections.length < before
  }

  /** A connection that breaks under its first statement counts as one that could not be opened. */
  function ended(connection: PoolConnection): void {
    leaving.delete(connection)
    if (forget(connection) && !connection.hasServed && connection.inFlight > 0) {
      backoff.failed(connection.openedAt)
      lastFailure = new DatabaseUnavailable('the connection served nothing', 'CONNECTION_ENDED')
    }
    serveWaiting()
  }

  function retire(isDue: (connection: PoolConnection) => boolean): void {
    for (const connection of connections.filter(isDue)) {
      forget(connection)
      leaving.add(connection)
      if (connection.inFlight === 0) connection.end()
    }
  }

  /** Retires one at a time, because connections that were opened together would all be missing at once. */
  function retireOld(): void {
    const now = performance.now()
    if (now - lookedAt < YOUNG_MILLISECONDS) return
    lookedAt = now
    const eldest = connections.find(({ openedAt }) => now - openedAt > LIFETIME_MILLISECONDS)
    if (eldest) retire((connection) => connection === eldest)
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
    for (const connection of all) connection.end()
    await Promise.all(all.map(({ gone }) => gone))
  }

  function load(): PoolLoad {
    const open = [...connections, ...leaving]
    const running = open.reduce((sum, { inFlight }) => sum + inFlight, 0)
    return { connections: open.length, running, waiting: waiting.size, most: size }
  }

  return { send, close, load }
}

/** Returns the user whose turn a statement takes. */
function writerOf({ kind, userId }: Sent): string | undefined {
  return kind !== 'read' ? userId : undefined
}
