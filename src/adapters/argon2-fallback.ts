import type { DeriveArgon2id } from '../core/passwords/phc.ts'
import type { Logger } from '../utils/log.ts'
import { type Argon2Kernel, createArgon2Kernel } from './argon2-kernel.ts'

/** What an engine throws at code that it cannot run. Want of memory and inputs out of bounds are RangeErrors. */
const CANNOT_RUN = [WebAssembly.CompileError, WebAssembly.LinkError, WebAssembly.RuntimeError]

/**
 * Argon2id by the kernel, or by `scalar` in an engine that cannot run the kernel's SIMD. That is decided here, once, and
 * logged; what fails later fails for the caller.
 */
export function deriveByKernelOr(
  scalar: DeriveArgon2id,
  module: WebAssembly.Module,
  logger: Logger,
): DeriveArgon2id {
  const kernel = startKernel(module, logger)
  return kernel ? async (input) => kernel.hash(input) : scalar
}

function startKernel(module: WebAssembly.Module, logger: Logger): Argon2Kernel | undefined {
  try {
    return createArgon2Kernel(module)
  } catch (error) {
    if (!CANNOT_RUN.some((kind) => error instanceof kind)) throw error
    logger.warn('argon2_fallback', { implementation: 'hash-wasm', reason: String(error) })
    return undefined
  }
}
