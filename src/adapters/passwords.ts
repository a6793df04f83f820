import type { Passwords } from '../deps.ts'
import { AppError } from '../errors.ts'
import { createGate, GateFull, type GateOptions } from '../utils/gate.ts'
import {
  type Argon2Parameters,
  type DeriveArgon2id,
  hashPassword,
  isOutdated,
  PARAMETERS,
  verifyPassword,
} from '../utils/password.ts'

/** Password hashing behind a bounded queue, over whatever Argon2id the runtime offers. */
export function createPasswords(
  derive: DeriveArgon2id,
  queue: GateOptions,
  parameters: Argon2Parameters = PARAMETERS,
): Passwords {
  const through = createGate(queue)
  const gated: DeriveArgon2id = async (input) => {
    try {
      return await through(() => derive(input))
    } catch (error) {
      throw error instanceof GateFull ? new AppError('overloaded', { cause: error }) : error
    }
  }
  return {
    hash: (password) => hashPassword(password, gated, parameters),
    verify: (phc, password) => verifyPassword(phc, password, gated),
    isOutdated: (phc) => isOutdated(phc, parameters),
  }
}
