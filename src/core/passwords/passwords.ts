import { AppError } from '../../errors.ts'
import {
  type BoundedQueueOptions,
  CallerLeft,
  createBoundedQueue,
  QueueFull,
  type QueueLoad,
} from './bounded-queue.ts'
import { hashPassword, PARAMETERS, type PasswordVerdict, verifyPassword } from './hashing.ts'
import { type Argon2id, type Argon2Parameters, OutOfMemory } from './phc.ts'

/**
 * Password hashing in one bounded queue for all requests. Throws `overloaded` if the queue is full, the wait too long or
 * the memory short. The signal is the request's: once its client has left, nothing is hashed for it, and what follows
 * the hash does not happen.
 */
export type Passwords = {
  /** A PHC string with a fresh salt. */
  hash: (password: string, signal: AbortSignal) => Promise<string>
  /** Takes as long for `null` (an unknown user) as for a real hash, so that timing reveals nothing. */
  verify: (phc: string | null, password: string, signal: AbortSignal) => Promise<PasswordVerdict>
}

/** Puts the runtime's Argon2id behind a bounded queue. `load` tells how busy that is. */
export function createPasswords(
  argon2id: Argon2id,
  queue: BoundedQueueOptions,
  parameters: Argon2Parameters = PARAMETERS,
): Passwords & { load: () => QueueLoad } {
  const run = createBoundedQueue(queue)
  const queued = async <Result>(task: () => Promise<Result>, signal: AbortSignal) => {
    try {
      return await run(task, signal)
    } catch (error) {
      if (error instanceof CallerLeft) throw new AppError('malformed_request', { cause: error })
      const isPassing = error instanceof QueueFull || error instanceof OutOfMemory
      throw isPassing ? new AppError('overloaded', { cause: error }) : error
    }
  }
  return {
    hash: (password, signal) => queued(() => hashPassword(password, argon2id, parameters), signal),
    verify: (phc, password, signal) =>
      queued(() => verifyPassword(phc, password, argon2id, parameters), signal),
    load: run.load,
  }
}
