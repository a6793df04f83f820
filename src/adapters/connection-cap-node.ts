import type { Server, Socket } from 'node:net'
import type { Logger } from '../utils/log.ts'
import { answerOn } from './sockets-node.ts'

/** Each costs some 16 KB of memory though it does nothing. */
const MOST_CONNECTIONS = 4_096
/** Descriptors for the database, for files and for what Node itself opens. */
const DESCRIPTORS_FOR_OTHERS = 64
/** Connections beyond the cap, which are there to ask for the health. */
const RESERVE = 16
const FEWEST_CONNECTIONS = 16
/** So long a client has not had the time to send its first request. */
const NEW_MILLISECONDS = 1_000
const WARNING_MILLISECONDS = 60_000

/** Sockets from the oldest to the newest, with the time of their connection. */
type Sockets = Map<Socket, number>

export type Connections = {
  all: () => IterableIterator<Socket>
  /** Whether a connection is one of the reserve: only questions for the health are answered there. */
  isReserve: (socket: Socket) => boolean
}

/**
 * Keeps the number of connections under a cap, so that neither descriptors nor memory run out. At the cap a new
 * connection takes the place of the one that is missed least. If all are at work it gets one of a small reserve.
 */
export function capConnections(server: Server, logger: Logger, max = defaultMax()): Connections {
  const regular: Sockets = new Map()
  const reserve: Sockets = new Map()
  let warnedAt = Number.NEGATIVE_INFINITY

  const warn = (now: number) => {
    if (now - warnedAt < WARNING_MILLISECONDS) return
    warnedAt = now
    logger.warn('connections_at_cap', { connections: max })
  }

  server.on('connection', (socket: Socket) => {
    socket.once('close', () => regular.delete(socket) || reserve.delete(socket))
    const now = performance.now()
    if (regular.size >= max) warn(now)
    if (regular.size < max || makeRoom(regular, now)) regular.set(socket, now)
    else if (reserve.size < RESERVE || makeRoom(reserve, now)) reserve.set(socket, now)
    else socket.destroy()
  })

  return {
    *all() {
      yield* regular.keys()
      yield* reserve.keys()
    },
    isReserve: (socket) => reserve.size > 0 && reserve.has(socket),
  }
}

/** Destroys the socket that is missed least. Returns false if all are at work. */
function makeRoom(sockets: Sockets, now: number): boolean {
  let found: Socket | undefined
  let least = IS_AT_WORK
  for (const [socket, since] of sockets) {
    const importance = importanceOf(socket, now - since)
    if (importance >= least) continue
    found = socket
    least = importance
    if (least === 0) break
  }
  if (!found) return false
  sockets.delete(found)
  found.destroy()
  return true
}

const IS_NEW = 3
const IS_AT_WORK = 4

/** Of equals the oldest goes first. */
function importanceOf(socket: Socket, ageMilliseconds: number): number {
  const answer = answerOn(socket)
  if (answer?.req.complete) return IS_AT_WORK
  if (ageMilliseconds < NEW_MILLISECONDS) return IS_NEW
  // Closing already, or nothing was ever answered here.
  if (!socket.writable || (!answer && socket.bytesWritten === 0)) return 0
  // Idle between two requests, or the body of one is still arriving.
  return answer ? 2 : 1
}

/** What the limit of descriptors leaves. Node has raised the soft limit to the hard one by then. */
function defaultMax(): number {
  // The report would look up names of addresses, too.
  const report = Object.assign(process.report, { excludeNetwork: true, excludeEnv: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: unknown } } }
  // A number, or the word "unlimited".
  const descriptors = Number(userLimits?.open_files?.soft)
  if (!Number.isFinite(descriptors)) return MOST_CONNECTIONS
  const left = descriptors - DESCRIPTORS_FOR_OTHERS - RESERVE
  return Math.min(MOST_CONNECTIONS, Math.max(FEWEST_CONNECTIONS, left))
}
