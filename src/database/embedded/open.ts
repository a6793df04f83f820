import { madeBy, openDataFolder } from './data-folder.ts'
import { startEngine } from './engine.ts'
import { createMutex } from './mutex.ts'
import { createSession, type Session } from './session.ts'

export type EmbeddedOptions = {
  /** Where the data lives; in memory without it. */
  folder?: string
  /** What `dump()` gave, to begin with; only in memory. */
  dump?: Uint8Array | Blob
}

export type Embedded = Session & {
  /** Runs `fn` with the database to itself, e.g. for a transaction; use only the session given to
   * it, and know that a transaction left open is rolled back. */
  exclusive<T>(fn: (session: Session) => Promise<T>): Promise<T>
  /** Stops whatever runs by restarting the engine, and says whether it could: not in memory, where
   * that would lose the data. */
  interrupt(): Promise<boolean>
  /** Gives the whole database as a tar, from which another may be opened. */
  dump(): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

async function startingPoint({ folder, dump }: EmbeddedOptions) {
  if (folder !== undefined) {
    if (dump) throw new TypeError('a dump can only be opened in memory')
    return openDataFolder(folder)
  }
  if (!dump) return {}
  const bytes = dump instanceof Blob ? await dump.arrayBuffer() : dump
  return { dump: new Uint8Array(bytes) }
}

/** Opens an embedded Postgres in a thread of its own, in memory or in a folder that it locks
 * against every other process until it is closed. */
export async function openEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const start = await startingPoint(options)
  const folder = 'path' in start ? start : undefined
  const from = folder ? { folder: folder.path } : 'dump' in start ? { dump: start.dump } : {}

  const staged = folder?.staging ? { staging: folder.staging } : {}
  let engine = startEngine({ ...from, ...staged }).catch(async (error: Error) => {
    folder?.release()
    if (!folder || folder.staging) throw error
    const origin = await madeBy(folder.path)
    throw new Error(`The database in ${folder.path}, made by ${origin}, could not be opened`, {
      cause: error,
    })
  })
  await engine

  let closed = false
  let restarting: Promise<void> | undefined
  const interrupt = async () => {
    if (!folder || closed) return false
    // Assigned at once: whoever comes next waits for the new engine.
    restarting ??= engine
      .then((running) => running.kill('The running query was interrupted'))
      .finally(() => {
        restarting = undefined
      })
    engine = restarting.then(() => startEngine(from))
    await engine
    return true
  }

  const mutex = createMutex()
  const session = createSession(async (bytes) => (await engine).raw(bytes), interrupt)
  const exclusive = <T>(fn: (session: Session) => Promise<T>) =>
    mutex(() => fn(session).finally(() => session.settle()))

  return {
    query: (text, params, shape) => exclusive((alone) => alone.query(text, params, shape)),
    exec: (text) => exclusive((alone) => alone.exec(text)),
    raw: (bytes) => mutex(() => session.raw(bytes)),
    exclusive,
    interrupt,
    dump: () => mutex(async () => (await engine).dump()),
    close: () =>
      mutex(async () => {
        if (closed) return
        closed = true
        await (await engine).close().finally(() => folder?.release())
      }),
  }
}
