import { availableParallelism } from 'node:os'

/** Each hash takes 19 MiB, and a unit or container that bounds the number of its tasks ends a process that has more. */
const MOST_THREADS = 32

/**
 * Gives libuv's pool, which hashes passwords, one thread a core, up to 32, unless the operator chose otherwise. More concurrent
 * hashes than cores push each other's memory out of the cache. `env` must be the process' own environment. It must run
 * before anything uses the pool.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv): void {
  env.UV_THREADPOOL_SIZE ??= String(Math.min(availableParallelism(), MOST_THREADS))
}
