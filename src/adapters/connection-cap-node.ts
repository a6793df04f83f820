import type { ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Logger } from '../utils/log.ts'
import { answerOn, unsentBytes } from './sockets-node.ts'

/** Each costs some 16 KB of memory though it does nothing. */
const MOST_CONNECTIONS = 4_096
/** Descriptors for the database, for files and for what Node itself opens. */
const DESCRIPTORS_FOR_OTHERS = 64
/** Connections beyond the cap, which are there to ask for the health. */
const LARGEST_RESERVE = 256
const RESERVE_SHARE = 0.25
const FEWEST_CONNECTIONS = 16
/** So long a client has not had the time to send its first request. */
const NEW_MILLISECONDS = 1_000
/** In the reserve a probe has the time of a slow round trip, however many others come meanwhile. */
const NEW_IN_RESERVE_MILLISECONDS = 250
/** All sockets are looked at so often and no more, however many clients connect. */
const LOOK_MILLISECONDS = 50
const WATCH_MILLISECONDS = 1_000
/** A client that takes nothing of its answer for so long is missed less than an idle one. */
const UNREAD_MILLISECONDS = 2_000
/** A client has so long to take all of an answer, at whatever pace. */
const ANSWER_MILLISECONDS = 30_000
const WARNING_MILLISECONDS = 60_000

/** What a socket is to others, from the least missed on. One at work is never given up. */
const RANK = { gone: 0, silent: 1, unread: 2, idle: 3, receiving: 4, new: 5, atWork: 6 } as const

/** A socket, and how the client takes the answer that waits for it. */
type Taken = {
  socket: Socket
  since: number
  answer: ServerResponse | undefined
  answerSince: number
  unsent: number
  movedAt: number
}

export type Connections = {
  all: () => IterableIterator<Socket>
  /** Whether a connection is one of the reserve: only questions for the health are answered there. */
  isReserve: (socket: Socket) => boolean
}

/**
 * Keeps the number of connections under a cap, so that neither descriptors nor memory run out. At the cap a new
 * connection takes the place of the one that is missed least. If all are at work it gets one of a small reserve.
 */
export function capConnections(server: Server, logger: Logger, limits = limitsHere()): Connections {
  const regular = createPlaces(limits.connections, NEW_MILLISECONDS)
  const reserve = createPlaces(limits.reserve, NEW_IN_RESERVE_MILLISECONDS, RANK.new)
  let warnedAt = Number.NEGATIVE_INFINITY

  const warn = (now: number) => {
    if (now - warnedAt < WARNING_MILLISECONDS) return
    warnedAt = now
    logger.warn('connections_at_cap', { connections: limits.connections })
  }

  server.on('connection', (socket: Socket) => {
    socket.once('close', () => regular.sockets.delete(socket) || reserve.sockets.delete(socket))
    const now = performance.now()
    if (regular.isFull()) warn(now)
    if (!regular.take(socket, now) && !reserve.take(socket, now)) socket.destroy()
  })
  const watch = setInterval(() => {
    const now = performance.now()
    for (const taken of regular.sockets.values()) follow(taken, now)
    for (const taken of reserve.sockets.values()) {
      follow(taken, now)
      // A probe has asked by then.
      const isLate = now - taken.since >= NEW_MILLISECONDS
      if (isLate && rankOf(taken, now, NEW_MILLISECONDS) < RANK.new) taken.socket.destroy()
    }
  }, WATCH_MILLISECONDS)
  watch.unref()

  return {
    *all() {
      yield* regular.sockets.keys()
      yield* reserve.sockets.keys()
    },
    isReserve: (socket) => reserve.sockets.size > 0 && reserve.sockets.has(socket),
  }
}

/** Makes room for so many sockets. Sockets of the rank `kept`, and above, are not given up for another. */
function createPlaces(max: number, newMilliseconds: number, kept: number = RANK.atWork) {
  /** From the oldest to the newest. */
  const sockets = new Map<Socket, Taken>()
  /** Who could go, the least missed last. */
  let leavers: { taken: Taken; rank: number }[] = []
  let lookedAt = Number.NEGATIVE_INFINITY

  const look = (now: number) => {
    lookedAt = now
    // Of equals the oldest goes first.
    leavers = Array.from(sockets.values(), (taken) => ({
      taken,
      rank: rankOf(taken, now, newMilliseconds),
    }))
      .filter(({ rank }) => rank < kept)
      .sort((one, other) => one.rank - other.rank)
      .reverse()
  }
  const makeRoom = (now: number): boolean => {
    if (now - lookedAt >= LOOK_MILLISECONDS) look(now)
    for (let leaver = leavers.pop(); leaver; leaver = leavers.pop()) {
      const { taken, rank } = leaver
      // It may have begun to work meanwhile.
      if (!sockets.has(taken.socket) || rankOf(taken, now, newMilliseconds) > rank) continue
      sockets.delete(taken.socket)
      taken.socket.destroy()
      return true
    }
    return false
  }

  return {
    sockets,
    isFull: () => sockets.size >= max,
    take(socket: Socket, now: number): boolean {
      if (sockets.size >= max && !makeRoom(now)) return false
      const none = { answer: undefined, answerSince: now, unsent: 0, movedAt: now }
      sockets.set(socket, { socket, since: now, ...none })
      return true
    },
  }
}

function rankOf({ socket, since, ...last }: Taken, now: number, newMilliseconds: number): number {
  if (!socket.writable) return RANK.gone
  const answer = answerOn(socket)
  const isUnread = answer && answer === last.answer && now - last.movedAt >= UNREAD_MILLISECONDS
  if (isUnread) return RANK.unread
  if (answer?.req.complete) return RANK.atWork
  if (now - since < newMilliseconds) return RANK.new
  if (answer) return RANK.receiving
  return socket.bytesWritten > 0 ? RANK.idle : RANK.silent
}

/** Notes how an answer that is ready gets on, and gives up its client when the time is over. */
function follow(taken: Taken, now: number): void {
  const current = answerOn(taken.socket)
  const answer = current?.writableEnded ? current : undefined
  const unsent = unsentBytes(taken.socket)
  if (answer !== taken.answer) taken.answerSince = now
  if (answer !== taken.answer || unsent !== taken.unsent) taken.movedAt = now
  Object.assign(taken, { answer, unsent })
  if (answer && now - taken.answerSince >= ANSWER_MILLISECONDS) taken.socket.destroy()
}

/** What the limit of descriptors leaves. Node has raised the soft limit to the hard one by then. */
function limitsHere(): { connections: number; reserve: number } {
  // The report would look up names of addresses, too.
  const report = Object.assign(process.report, { excludeNetwork: true, excludeEnv: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: unknown } } }
  // A number, or the word "unlimited".
  const descriptors = Number(userLimits?.open_files?.soft)
  const left = Number.isFinite(descriptors) ? descriptors - DESCRIPTORS_FOR_OTHERS : Infinity
  const reserve = Math.min(
    LARGEST_RESERVE,
    Math.max(FEWEST_CONNECTIONS, Math.floor(left * RESERVE_SHARE)),
  )
  const connections = Math.min(MOST_CONNECTIONS, Math.max(FEWEST_CONNECTIONS, left - reserve))
  return { connections, reserve }
}
