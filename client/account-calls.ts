import type {
  FactorCalls,
  IdentityCalls,
  MailCalls,
  ProfileCalls,
  SessionCalls,
} from './auth-client.ts'
import { createFactorCalls } from './factor-calls.ts'
import { createIdentityCalls } from './identity-calls.ts'
import { createMailCalls } from './mail-calls.ts'
import { createProfileCalls } from './profile-calls.ts'
import { createSessionCalls } from './session-calls.ts'

type Deps = Parameters<typeof createMailCalls>[0] & Parameters<typeof createProfileCalls>[0]

/** What an account page needs, and the pages of mails. Loaded with the first of these calls. */
export function createAccountCalls(
  deps: Deps,
): FactorCalls & IdentityCalls & MailCalls & SessionCalls & Pick<ProfileCalls, 'updateProfile'> {
  return {
    ...createFactorCalls(deps),
    ...createIdentityCalls(deps),
    ...createMailCalls(deps),
    ...createProfileCalls(deps),
    ...createSessionCalls(deps),
  }
}
