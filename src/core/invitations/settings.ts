import type { MailDomains } from '../accounts/mail-domains.ts'

/** Who may sign up: anybody, whoever was invited, or nobody; and with emails of which domains. */
export type SignupSettings = Readonly<{
  mode: 'open' | 'invite' | 'closed'
  domains: MailDomains
}>
