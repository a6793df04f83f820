import { availableParallelism } from 'node:os'

/**
 * Gives libuv's pool, in which passwords are hashed, one thread a core, unless the operator chose otherwise: more hashes
 * at once than cores push each other's memory out of the cache. Works only before anything has used the pool.
 */
export function fitThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism())
}
