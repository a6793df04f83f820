import { renameSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export type Start = {
  folder?: string
  /** Where a new database is made before it is renamed to `folder`. */
  staging?: string
  dump?: Uint8Array<ArrayBuffer>
  /** Compiled once by the process and shared by its engines. */
  wasm: WebAssembly.Module
}
export type Request = { id: number } & (
  | { kind: 'raw'; bytes: Uint8Array }
  | { kind: 'dump' | 'close' }
)
export type Reply = { id: number; bytes?: Uint8Array; failure?: string }

const start = workerData as Start

async function open(): Promise<PGlite> {
  const options = { pgliteWasmModule: start.wasm }
  if (!start.folder) {
    const loaded = start.dump && { loadDataDir: new Blob([start.dump]) }
    return PGlite.create({ ...options, ...loaded })
  }
  if (start.staging) {
    await (await PGlite.create(start.staging, options)).close()
    renameSync(start.staging, start.folder)
  }
  return PGlite.create(start.folder, options)
}

const database = open()

async function raw(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await (await database).execProtocolRawStream(bytes, {
    // Each chunk is a view of memory that the next one overwrites.
    onRawData: (chunk) => chunks.push(chunk.slice()),
  })
  const [only] = chunks
  if (only && chunks.length === 1) return only
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

async function answer(request: Request): Promise<Uint8Array | undefined> {
  if (request.kind === 'raw') return raw(request.bytes)
  if (request.kind === 'close') return void (await (await database).close())
  const dump = await (await database).dumpDataDir('none')
  return new Uint8Array(await dump.arrayBuffer())
}

function reply(message: Reply): void {
  const bytes = message.bytes?.buffer
  parentPort?.postMessage(message, bytes instanceof ArrayBuffer ? [bytes] : [])
}

parentPort?.on('message', async (request: Request) => {
  try {
    const bytes = await answer(request)
    reply(bytes ? { id: request.id, bytes } : { id: request.id })
  } catch (error) {
    reply({ id: request.id, failure: String(error) })
  }
})

// Request 0 is the opening itself.
database.then(
  () => reply({ id: 0 }),
  (error) => reply({ id: 0, failure: String(error) }),
)
