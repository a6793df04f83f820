import { and, eq, isNull } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { tokenIssued } from '../one-time-tokens/steps.ts'
import type { TokenRef } from '../one-time-tokens/tokens.ts'
import { newId } from '../outbox/enqueue.ts'

const issueAsOperator = stateChange({
  name: 'issue_password_link_as_operator',
  params: { targetId: 'uuid', tokenId: 'uuid' },
  change(db, p) {
    const owner = db.$with('owner').as(
      db
        .select({ id: users.id, email: users.email, emailKey: users.emailKey })
        .from(users)
        .where(and(eq(users.id, p.targetId), isNull(users.disabledAt))),
    )
    const issued = tokenIssued(db, owner, { purpose: 'reset_password', tokenId: p.tokenId })
    return {
      steps: [owner, issued],
      records: {
        ...{ event: 'password_reset_requested', of: issued, subject: issued.userId, actor: null },
        details: { by: literal('operator') },
      },
      answers: { from: [issued], columns: { issuedId: issued.id } },
    }
  },
})

/**
 * Issues a token to choose a new password (`reset_password`), for the operator to hand over: nothing is mailed. An older one
 * of the user works no longer. Throws `not_found` for a user who is gone or disabled.
 */
export async function issuePasswordLink(
  deps: Pick<CoreDeps, 'db' | 'origin' | 'clock'>,
  targetId: string,
): Promise<TokenRef> {
  const id = newId(deps)
  const { issuedId } = await issueAsOperator(deps, { targetId, tokenId: id })
  if (issuedId === null) throw new AppError('not_found', { detail: 'The account is disabled.' })
  return { id, userId: targetId }
}
