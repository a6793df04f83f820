import { type Argon2id, argon2idOver } from '../core/passwords/phc.ts'
import type { Logger } from '../utils/log.ts'
import { deriveByHashWasm } from './argon2-hash-wasm.ts'

type Native = Pick<typeof import('@node-rs/argon2'), 'hash' | 'verify'>

/** The package's `Algorithm.Argon2id`, a const enum that this compiler setting cannot read. */
const ARGON2ID = 2

/** The package is not there; its own loader, which found no binary that works here, gives no code. */
const NOT_FOUND = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
const NO_BINARY = /^(Cannot find|Failed to load) native binding/

/**
 * Argon2id off the event loop by the native module. On a platform for which there is none it is hash-wasm, several times
 * slower, and the log says so; any other failure is not for the service to live with.
 */
export async function loadArgon2(
  logger: Logger,
  load: () => Promise<Native> = () => import('@node-rs/argon2'),
): Promise<Argon2id & { isNative: boolean }> {
  const native = await load().catch((error: unknown) => {
    if (!isMissing(error)) throw error
    logger.warn('argon2_fallback', {
      implementation: 'hash-wasm',
      platform: `${process.platform}-${process.arch}`,
      reason: reasonsOf(error),
    })
    return undefined
  })
  return native
    ? { ...argon2idByNative(native), isNative: true }
    : { ...argon2idOver(deriveByHashWasm), isNative: false }
}

function argon2idByNative({ hash, verify }: Native): Argon2id {
  return {
    hash: (password, { memoryKiB, iterations, parallelism }) =>
      hash(password, {
        algorithm: ARGON2ID,
        memoryCost: memoryKiB,
        timeCost: iterations,
        parallelism,
      }),
    verify,
  }
}

function isMissing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return ('code' in error && NOT_FOUND.has(String(error.code))) || NO_BINARY.test(error.message)
}

/** The first line of every cause: the loader keeps one for each binary that it tried. */
function reasonsOf(error: Error): string {
  const lines: string[] = []
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    lines.push(cause.message.split('\n', 1)[0] ?? '')
  }
  return lines.join(' | ')
}
