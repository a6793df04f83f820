import { AppError } from '../../errors.ts'
import { type BoundedQueueOptions, createBoundedQueue, QueueFull } from './bounded-queue.ts'
import { hashPassword, PARAMETERS, type PasswordVerdict, verifyPassword } from './hashing.ts'
import type { Argon2id, Argon2Parameters } from './phc.ts'

/** Password hashing, one bounded queue for all requests; refuses with `overloaded` when the queue is full. */
export type Passwords = {
  /** A PHC string with a fresh salt. */
  hash: (password: string) => Promise<string>
  /** Works as long for `null` (an unknown user) as for a real hash, so that time tells nothing. */
  verify: (phc: string | null, password: string) => Promise<PasswordVerdict>
}

/** Password hashing behind a bounded queue, over whatever Argon2id the runtime offers. */
export function createPasswords(
  argon2id: Argon2id,
  queue: BoundedQueueOptions,
  parameters: Argon2Parameters = PARAMETERS,
): Passwords {
  const run = createBoundedQueue(queue)
  const queued = async <Result>(task: () => Promise<Result>) => {
    try {
      return await run(task)
    } catch (error) {
      throw error instanceof QueueFull ? new AppError('overloaded', { cause: error }) : error
    }
  }
  return {
    hash: (password) => queued(() => hashPassword(password, argon2id, parameters)),
    verify: (phc, password) => queued(() => verifyPassword(phc, password, argon2id, parameters)),
  }
}
