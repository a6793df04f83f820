import { AppError, type FieldProblem } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import { openToken } from '../one-time-tokens/open.ts'
import type { SignupSettings } from './settings.ts'

/** Returns the problem of a sign-up without an invitation, where one is needed. Throws `signup_closed`. */
export function missingInvitation(
  { mode }: SignupSettings,
  invitation: string | undefined,
): FieldProblem | undefined {
  if (mode === 'closed') throw new AppError('signup_closed')
  if (mode === 'open' || invitation) return undefined
  const detail = 'You need an invitation to sign up here.'
  return { pointer: '/invitation', code: 'required', detail }
}

/**
 * Returns the id of the invitation that a sign-up needs, or null where anybody may sign up. Throws
 * `one_time_token_invalid` for what is no invitation of this service. Only the row says if it is still good.
 */
export async function invitationIdOf(
  deps: Pick<CoreDeps, 'oneTimeTokens'> & { config: { signup: SignupSettings } },
  invitation: string | undefined,
): Promise<string | null> {
  if (deps.config.signup.mode === 'open') return null
  return (await openToken(deps, 'invitation', invitation ?? '')).tokenId
}
