import { type DeriveArgon2id, OutOfMemory } from '../core/passwords/phc.ts'
import type { Logger } from '../utils/log.ts'
import { createArgon2Kernel } from './argon2-kernel.ts'

/** What an engine throws at code that it cannot run. */
const CANNOT_RUN = [WebAssembly.CompileError, WebAssembly.LinkError, WebAssembly.RuntimeError]

/**
 * Argon2id by the kernel, or by `scalar` in an engine that cannot run the kernel's SIMD. This is decided and logged once:
 * at the start, or at the first hash for which there is memory.
 */
export function deriveByKernelOr(
  scalar: DeriveArgon2id,
  module: WebAssembly.Module,
  logger: Logger,
): DeriveArgon2id {
  const start = () => startKernel(module, scalar, logger)
  let derive: DeriveArgon2id | undefined = unlessOutOfMemory(start)
  return async (input) => {
    derive ??= start()
    return derive(input)
  }
}

function startKernel(
  module: WebAssembly.Module,
  scalar: DeriveArgon2id,
  logger: Logger,
): DeriveArgon2id {
  try {
    const kernel = createArgon2Kernel(module)
    return async (input) => kernel.hash(input)
  } catch (error) {
    if (!CANNOT_RUN.some((kind) => error instanceof kind)) throw error
    logger.warn('argon2_fallback', { implementation: 'hash-wasm', reason: String(error) })
    return scalar
  }
}

/** A service that has no memory for hashes can still do everything else. */
function unlessOutOfMemory<Result>(task: () => Result): Result | undefined {
  try {
    return task()
  } catch (error) {
    if (error instanceof OutOfMemory) return undefined
    throw error
  }
}
