import { AppError } from '../../errors.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { actorFound } from '../access/steps.ts'
import { refuseDomain } from '../accounts/mail-domains.ts'
import { maskedEmail } from '../audit/record-steps.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { INVITATION } from '../one-time-tokens/purposes.ts'
import { newId } from '../outbox/enqueue.ts'
import type { SessionRef } from '../sessions/session.ts'
import { type Issued, instantsOf, invitationIssued } from './steps.ts'

/** A token names a user, and an invitation has none yet. */
const NO_USER = '00000000-0000-0000-0000-000000000000'

const PARAMS = { id: 'uuid', emailKey: 'text?', lifetimeSeconds: 'int' } as const

/** What both statements say of an invitation that was issued. */
const told = (issued: Issued) => ({
  event: 'invitation_issued' as const,
  of: issued,
  subject: null,
  details: { invitation: issued.id, email: maskedEmail(issued.emailKey) },
})

/** By the operator, who asks nobody. */
const issueInvitation = stateChange({
  name: 'issue_invitation',
  params: PARAMS,
  change(db, p) {
    const issued = invitationIssued(db, p)
    return {
      steps: [issued],
      records: told(issued),
      answers: { from: [issued], columns: instantsOf(issued) },
    }
  },
})

/** By an admin who may issue invitations at this very moment. */
const issueInvitationAsAdmin = stateChange({
  name: 'issue_invitation_as_admin',
  params: { ...PARAMS, sessionId: 'uuid', userId: 'uuid' },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:invitations:write')
    const issued = invitationIssued(db, p, { by: actor })
    return {
      steps: [actor, issued],
      records: { ...told(issued), actor: p.userId, session: p.sessionId },
      answers: { from: [issued], columns: instantsOf(issued) },
    }
  },
})

/** What somebody needs to sign up where not everybody may. The token is a secret, and in no database. */
export type Invitation = {
  id: string
  token: string
  /** The canonical form of the one address that it is for. */
  emailKey: string | null
  createdAt: Date
  expiresAt: Date
}

type Invite = {
  /** The one address that it is for, as `mailbox` writes it. Without one it is for whoever has it. */
  email: string | undefined
  lifetimeSeconds?: number
  /** The admin who issues it. Without one it is the operator. */
  actor?: SessionRef
}

/**
 * Issues an invitation, which works once. Throws `validation_failed` for an email that nobody may sign up with, and
 * `permission_denied` for an admin who lost the permission a moment ago.
 */
export async function invite(
  deps: Pick<CoreDeps, 'db' | 'origin' | 'clock' | 'oneTimeTokens'> & {
    config: Pick<CoreDeps['config'], 'signup'>
  },
  { email, lifetimeSeconds = INVITATION.lifetimeSeconds, actor }: Invite,
): Promise<Invitation> {
  const refused = email && refuseDomain(deps.config.signup.domains, '/email', email)
  if (refused) throw new AppError('validation_failed', { errors: [refused] })
  const id = newId(deps)
  const emailKey = email === undefined ? null : identifierKey(email)
  const values = { id, emailKey, lifetimeSeconds }
  const outcome = actor
    ? await issueInvitationAsAdmin(deps, { ...values, ...actor })
    : await issueInvitation(deps, values)
  if (!happened(outcome)) throw new AppError('permission_denied')
  const token = await deps.oneTimeTokens.mint('invitation', { id, userId: NO_USER })
  return { id, token, emailKey, ...outcome }
}

/** What says where people sign up. */
type Places = {
  links: { publicUrl: string | undefined; appBaseUrl: string | undefined }
  pages: { isOn: boolean }
}

/**
 * Makes the address that an invitation is used at: at the app, else at this service's own page. Undefined where neither is
 * known.
 */
export function invitationLink({ links, pages }: Places, token: string): string | undefined {
  const { publicUrl, appBaseUrl } = links
  const invitation = encodeURIComponent(token)
  if (appBaseUrl !== undefined) return `${appBaseUrl}/sign-up#token=${invitation}`
  return pages.isOn && publicUrl !== undefined
    ? `${publicUrl}/signup?invitation=${invitation}`
    : undefined
}
