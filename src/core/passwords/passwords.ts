import type { Passwords } from '../../deps.ts'
import { AppError } from '../../errors.ts'
import { createGate, GateFull, type GateOptions } from './bounded-queue.ts'
import { hashPassword, PARAMETERS, verifyPassword } from './hashing.ts'
import type { Argon2id, Argon2Parameters } from './phc.ts'

/** Password hashing behind a bounded queue, over whatever Argon2id the runtime offers. */
export function createPasswords(
  argon2id: Argon2id,
  queue: GateOptions,
  parameters: Argon2Parameters = PARAMETERS,
): Passwords {
  const through = createGate(queue)
  const queued = async <Result>(task: () => Promise<Result>) => {
    try {
      return await through(task)
    } catch (error) {
      throw error instanceof GateFull ? new AppError('overloaded', { cause: error }) : error
    }
  }
  return {
    hash: (password) => queued(() => hashPassword(password, argon2id, parameters)),
    verify: (phc, password) => queued(() => verifyPassword(phc, password, argon2id, parameters)),
  }
}
