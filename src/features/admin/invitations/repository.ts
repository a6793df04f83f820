import { and, desc, eq, exists, gt, lt, sql } from 'drizzle-orm'
import { actorFound } from '../../../core/access/steps.ts'
import { maskedEmail } from '../../../core/audit/record-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { instant } from '../../../database/instants.ts'
import { read } from '../../../database/read.ts'
import { invitations } from '../../../models/index.ts'

/** Selects invitations that still work, the latest first, from those that were issued before one of them. */
export const selectInvitations = read({
  name: 'select_invitations',
  params: { before: 'uuid', limit: 'int' },
  find: (db, p) =>
    db
      .select({
        id: invitations.id,
        emailKey: invitations.emailKey,
        createdAt: instant(invitations.createdAt).as('created_at'),
        expiresAt: instant(invitations.expiresAt).as('expires_at'),
      })
      .from(invitations)
      .where(and(lt(invitations.id, p.before), gt(invitations.expiresAt, sql`now()`)))
      .orderBy(desc(invitations.id))
      .limit(p.limit as never),
  order: ({ id }) => [desc(id)],
})

/** Deletes an invitation that nobody used, so that it works no longer. */
export const deleteInvitation = stateChange({
  name: 'delete_invitation',
  params: { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:invitations:write')
    const revoked = db.$with('revoked').as(
      db
        .delete(invitations)
        .where(and(eq(invitations.id, p.targetId), exists(sql`(select from ${actor})`)))
        .returning({ id: invitations.id, emailKey: invitations.emailKey }),
    )
    return {
      steps: [actor, revoked],
      records: {
        event: 'invitation_revoked',
        of: revoked,
        subject: null,
        actor: p.userId,
        session: p.sessionId,
        details: { invitation: revoked.id, email: maskedEmail(revoked.emailKey) },
      },
      answers: {
        from: [actor, revoked],
        columns: { actorId: actor.userId, revokedId: revoked.id },
      },
    }
  },
})
