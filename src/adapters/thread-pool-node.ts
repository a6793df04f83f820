import { availableParallelism } from 'node:os'

/**
 * Gives libuv's pool, in which passwords are hashed, one thread a core, unless the operator chose otherwise: more hashes
 * at once than cores push each other's memory out of the cache. Takes the process' own environment, and works only before
 * anything has used the pool.
 */
export function fitThreadPool(env: NodeJS.ProcessEnv): void {
  env.UV_THREADPOOL_SIZE ??= String(availableParallelism())
}
