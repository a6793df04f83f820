import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { BROKEN, OPENING, type Reply, type Request, type Start } from './messages.ts'

/** The exit status with which Postgres leaves a failed statement. */
const LONG_JUMP = 100
const LAST_WORDS = /\b(?:PANIC|FATAL): +(.*)/
/** Errors that the file system below Postgres reports only by number. */
const ERRORS: Record<number, string> = {
  19: 'Disk quota exceeded',
  51: 'No space left on device',
}

const start = workerData as Start
let lastWords: string | undefined

function listen(text: string): true {
  lastWords = LAST_WORDS.exec(text)?.[1] ?? lastWords
  return true
}

async function open(): Promise<PGlite> {
  const options = { ...start.modules, onStderr: listen }
  const loaded = start.dump && { loadDataDir: new Blob([start.dump]) }
  const opened = start.folder
    ? await PGlite.create(start.folder, options)
    : await PGlite.create({ ...options, ...loaded })
  endWhenBroken(opened)
  return opened
}

/**
 * PGlite takes every exception for a failed statement, and would call a broken engine forever. So this ends the thread.
 */
function endWhenBroken({ Module: engine }: PGlite): void {
  const step = engine._PostgresMainLoopOnce
  engine._PostgresMainLoopOnce = () => {
    try {
      step()
    } catch (error) {
      if ((error as { status?: unknown }).status !== LONG_JUMP) endThread(error)
      throw error
    }
  }
}

function endThread(error: unknown): void {
  reply({ id: BROKEN, failure: lastWords ?? saidBy(error) })
  process.exit(1)
}

function saidBy(error: unknown): string {
  const { errno } = error as { errno?: number }
  return errno === undefined
    ? String(error)
    : (ERRORS[errno] ?? `error ${errno} of the file system`)
}

const database = open()

async function raw(bytes: Uint8Array): Promise<Uint8Array> {
  lastWords = undefined
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
    endThread(error)
  }
})

database.then(
  () => reply({ id: OPENING }),
  (error) => endThread(error),
)
