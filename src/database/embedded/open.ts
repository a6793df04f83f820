import type { DataFolder } from './data-folder.ts'
import { type Engine, startEngine } from './engine.ts'
import { EngineStream } from './engine-stream.ts'
import { prepareFolder } from './prepare-folder.ts'
import { type SupervisorOptions, superviseEngine } from './supervisor.ts'

export type EmbeddedOptions = Pick<SupervisorOptions, 'onStopped' | 'onLost'> & {
  /** The folder of the data, or memory without it. */
  folder?: string
  /** A result of `dump()` to start with, only in memory. */
  dump?: Uint8Array | Blob
}

export type Embedded = {
  /** Returns a new connection for `pg`. All of them share the one session. */
  connect(): EngineStream
  /**
   * Stops the running statement by a restart of the engine, and returns true. In memory it does nothing and returns
   * false, because a restart would lose the data.
   */
  interrupt(): Promise<boolean>
  /** Returns the whole database as a tar, from which another may be opened. */
  dump(): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

async function inMemory(
  dump: EmbeddedOptions['dump'],
): Promise<{ start: () => Promise<Engine>; folder?: DataFolder }> {
  const bytes = dump instanceof Blob ? await dump.arrayBuffer() : dump
  return { start: () => startEngine(bytes ? { dump: new Uint8Array(bytes) } : {}) }
}

/**
 * Opens an embedded Postgres in its own thread, in memory or in a folder. It locks the folder against every other
 * process until it is closed.
 */
export async function openEmbedded({
  folder: given,
  dump,
  ...watcher
}: EmbeddedOptions = {}): Promise<Embedded> {
  if (given !== undefined && dump) throw new TypeError('a dump can only be opened in memory')
  const { start, folder } = given === undefined ? await inMemory(dump) : await prepareFolder(given)
  const engines = await superviseEngine(start, {
    ...watcher,
    isLasting: folder !== undefined,
  }).catch((error: Error) => {
    folder?.release()
    throw error
  })
  return {
    connect: () => new EngineStream(engines.engine()),
    async interrupt() {
      if (folder) await engines.interrupt()
      return folder !== undefined
    },
    dump: async () => (await engines.engine()).dump(),
    close: () => engines.close().finally(() => folder?.release()),
  }
}
