import type { FactorCalls, IdentityCalls, MailCalls, SessionCalls } from './auth-client.ts'
import { createFactorCalls } from './factor-calls.ts'
import { createIdentityCalls } from './identity-calls.ts'
import { createMailCalls } from './mail-calls.ts'
import { createSessionCalls } from './session-calls.ts'

type Deps = Parameters<typeof createMailCalls>[0]

/** What an account page needs, and the pages of mails. Loaded with the first of these calls. */
export function createAccountCalls(
  deps: Deps,
): FactorCalls & IdentityCalls & MailCalls & SessionCalls {
  return {
    ...createFactorCalls(deps),
    ...createIdentityCalls(deps),
    ...createMailCalls(deps),
    ...createSessionCalls(deps),
  }
}
