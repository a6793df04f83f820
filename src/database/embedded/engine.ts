import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Reply, Request, Start } from './worker.ts'

/** A running PGlite in its own thread; every method rejects once the thread has ended. */
export type Engine = {
  raw(bytes: Uint8Array): Promise<Uint8Array>
  dump(): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
  kill(reason: string): Promise<void>
}

type Waiting = { resolve(bytes: Uint8Array): void; reject(error: Error): void }
type Call = { kind: 'raw'; bytes: Uint8Array } | { kind: 'dump' | 'close' }

// On the default 4 MB stack deep recursion wrecks the engine instead of failing the query.
const STACK_MB = 32

let compiled: Promise<WebAssembly.Module> | undefined

/** Compiles the engine once a process: the compiled module is shared by all its threads. */
function compile(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('@electric-sql/pglite/pglite.wasm')
  compiled ??= readFile(path).then((bytes) => WebAssembly.compile(bytes))
  return compiled
}

/** Starts the thread and resolves when its database answers; rejects if it could not be opened. */
export async function startEngine(start: Omit<Start, 'wasm'>): Promise<Engine> {
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: { ...start, wasm: await compile() } satisfies Start,
    resourceLimits: { stackSizeMb: STACK_MB },
    execArgv: [],
  })
  const waiting = new Map<number, Waiting>()
  let last = 0
  let ended: string | undefined

  const end = (reason: string) => {
    ended ??= reason
    for (const { reject } of waiting.values()) reject(new Error(ended))
    waiting.clear()
  }
  const wait = (id: number) =>
    new Promise<Uint8Array>((resolve, reject) => waiting.set(id, { resolve, reject }))
  const call = (request: Call) => {
    if (ended) return Promise.reject(new Error(ended))
    const id = ++last
    const reply = wait(id)
    worker.postMessage({ id, ...request } satisfies Request)
    return reply
  }

  worker.on('message', ({ id, bytes, failure }: Reply) => {
    const caller = waiting.get(id)
    waiting.delete(id)
    if (failure === undefined) caller?.resolve(bytes ?? new Uint8Array())
    else caller?.reject(new Error(`The embedded database failed: ${failure}`))
  })
  worker.on('error', (error) => end(`The embedded database has crashed: ${String(error)}`))
  worker.on('exit', (code) => end(`The embedded database has stopped (exit code ${code})`))

  const kill = async (reason: string) => {
    end(reason)
    await worker.terminate()
  }
  await wait(0).catch(async (error: Error) => {
    await kill(error.message)
    throw error
  })
  return {
    raw: (bytes) => call({ kind: 'raw', bytes }),
    dump: () => call({ kind: 'dump' }).then((bytes) => new Uint8Array(bytes)),
    close: async () => {
      await call({ kind: 'close' }).finally(() => kill('The embedded database is closed'))
    },
    kill,
  }
}
