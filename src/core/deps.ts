import type { Clock } from '../database/clock.ts'
import type { Database } from '../database/index.ts'
import type { Logger } from '../utils/log.ts'
import type { Origin } from './audit/origin.ts'
import type { Pseudonyms } from './audit/pseudonyms.ts'
import type { AuditSettings } from './audit/settings.ts'
import type { FactorTokens } from './factors/factor-tokens.ts'
import type { Sealing } from './factors/sealing.ts'
import type { FactorSettings } from './factors/settings.ts'
import type { Providers } from './federation/provider.ts'
import type { FederationSettings } from './federation/settings.ts'
import type { HumanCheck } from './humans/human-check.ts'
import type { SignupSettings } from './invitations/settings.ts'
import type { LimitSettings } from './limits/limits.ts'
import type { OneTimeTokens } from './one-time-tokens/tokens.ts'
import type { Mailer, RenderMail } from './outbox/mails.ts'
import type { Postman } from './outbox/postman.ts'
import type { Breaches } from './passwords/breaches.ts'
import type { CommonPasswords } from './passwords/common.ts'
import type { Passwords } from './passwords/passwords.ts'
import type { PasswordSettings } from './passwords/rules.ts'
import type { SessionSettings } from './sessions/session.ts'
import type { TokenSettings } from './tokens/settings.ts'
import type { Tokens } from './tokens/tokens.ts'

/** What the core must know of the configuration of mail. */
export type MailSettings = Readonly<{
  /** True if an account can be used only after its address was verified. */
  requiresVerifiedEmail: boolean
  notifiesOfNewDevices: boolean
}>

/** The dependencies of the core. */
export type CoreDeps = {
  config: {
    projectName: string
    tokens: TokenSettings
    sessions: SessionSettings
    passwords: PasswordSettings
    signup: SignupSettings
    mail: MailSettings
    limits: LimitSettings
    audit: AuditSettings
    factors: FactorSettings
    federation: FederationSettings
  }
  db: Database
  /** The request that the caller serves. Each request has its own. */
  origin: () => Origin
  /** The database's clock. Every instance dates rows and tokens by it. */
  clock: Clock
  passwords: Passwords
  commonPasswords: CommonPasswords
  /** Missing where passwords are not looked up in it. */
  breaches: Breaches | undefined
  tokens: Tokens
  pseudonyms: Pseudonyms
  oneTimeTokens: OneTimeTokens
  factorTokens: FactorTokens
  sealing: Sealing
  /** Empty where none is configured. */
  providers: Providers
  /** Missing where nothing tells people from programs. */
  humans: HumanCheck | undefined
  /** Missing where no provider is configured. Then no mail is enqueued, and what needs one answers so. */
  mailer: Mailer | undefined
  renderMail: RenderMail
  postman: Postman
  logger: Logger
}
