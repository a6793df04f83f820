import { availableParallelism } from 'node:os'

/**
 * Gives libuv's pool, which hashes passwords, one thread a core unless the operator chose otherwise. More concurrent
 * hashes than cores push each other's memory out of the cache. `env` must be the process' own environment. It must run
 * before anything uses the pool.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv): void {
  env.UV_THREADPOOL_SIZE ??= String(availableParallelism())
}
