import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { DatabaseUnavailable } from '../errors.ts'
import { BROKEN, type Call, OPENING, type Reply, type Request, type Start } from './messages.ts'

/** A running PGlite in its own thread. `raw` and `dump` reject once the thread has ended. */
export type Engine = {
  /** Sends messages of the wire protocol and returns the bytes of the answer. */
  raw(bytes: Uint8Array): Promise<Uint8Array>
  dump(): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
  /** Ends the thread, whatever it is doing. */
  kill(reason: string): Promise<void>
  /** Resolves with the reason when the thread has ended and has released its files. */
  ended: Promise<DatabaseUnavailable>
}

type Waiting = { resolve(bytes: Uint8Array): void; reject(error: Error): void }

// On the default 4 MB stack, deep recursion breaks the engine instead of failing the query.
const STACK_MB = 32

const CLOSE_MILLISECONDS = 5_000

const { resolve } = createRequire(import.meta.url)
let compiled: Promise<Start['modules']> | undefined

/**
 * Compiles Postgres once per process, for all its threads. To compile and free it again crashes V8 now and then
 * (nodejs/node#64500).
 */
function modules(): Promise<Start['modules']> {
  compiled ??= Promise.all([compile('pglite'), compile('initdb')]).then(
    ([pgliteWasmModule, initdbWasmModule]) => ({ pgliteWasmModule, initdbWasmModule }),
  )
  return compiled
}

async function compile(name: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(resolve(`#pglite/${name}.wasm`)))
}

/** Starts the thread and resolves when its database answers. Rejects if the database cannot be opened. */
export async function startEngine(start: Omit<Start, 'modules'>): Promise<Engine> {
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: { ...start, modules: await modules() } satisfies Start,
    resourceLimits: { stackSizeMb: STACK_MB },
    execArgv: [],
  })
  const waiting = new Map<number, Waiting>()
  let last = OPENING
  let failure: DatabaseUnavailable | undefined

  const fail = (reason: string): DatabaseUnavailable => {
    failure ??= new DatabaseUnavailable(reason, 'ENGINE_STOPPED')
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
    return failure
  }
  const wait = (id: number) =>
    new Promise<Uint8Array>((resolve, reject) => waiting.set(id, { resolve, reject }))
  const call = (request: Call) => {
    if (failure) return Promise.reject(failure)
    const id = ++last
    const reply = wait(id)
    worker.postMessage({ id, ...request } satisfies Request)
    return reply
  }
  const kill = async (reason: string) => {
    fail(reason)
    await worker.terminate()
  }

  worker.on('message', ({ id, bytes, failure }: Reply) => {
    if (id === BROKEN) return void kill(failure ?? 'unknown')
    waiting.get(id)?.resolve(bytes ?? new Uint8Array())
    waiting.delete(id)
  })
  worker.on('error', (error) => fail(String(error)))
  const ended = new Promise<DatabaseUnavailable>((resolve) => {
    worker.on('exit', (code) => resolve(fail(`the thread ended (exit code ${code})`)))
  })

  await wait(OPENING).catch(async (error: Error) => {
    await ended
    throw error
  })
  return {
    raw: (bytes) => call({ kind: 'raw', bytes }),
    dump: () => call({ kind: 'dump' }).then((bytes) => new Uint8Array(bytes)),
    async close() {
      // A running statement would delay the close. Postgres recovers from being killed.
      const patience = new Promise((resolve) => setTimeout(resolve, CLOSE_MILLISECONDS).unref())
      await Promise.race([call({ kind: 'close' }), patience]).catch(() => undefined)
      await kill('the embedded database is closed')
    },
    kill,
    ended,
  }
}
