import type { Clock } from '../database/clock.ts'
import type { Database } from '../database/index.ts'
import type { Logger } from '../utils/log.ts'
import type { Pseudonyms } from './audit/pseudonyms.ts'
import type { Passwords } from './passwords/passwords.ts'
import type { PasswordSettings } from './passwords/policy.ts'
import type { SessionSettings } from './sessions/session.ts'
import type { TokenSettings } from './tokens/settings.ts'
import type { Tokens } from './tokens/tokens.ts'

/** The dependencies of the core. */
export type CoreDeps = {
  config: {
    tokens: TokenSettings
    sessions: SessionSettings
    passwords: PasswordSettings
  }
  db: Database
  /** The database's clock. Every instance dates rows and tokens by it. */
  clock: Clock
  passwords: Passwords
  tokens: Tokens
  pseudonyms: Pseudonyms
  logger: Logger
}
