import { and, eq, exists, gt, inArray, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import { secondsFromNow } from '../../database/params.ts'
import { invitations } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'

/** The parameter of a statement that wants an invitation. Null where nobody needs one. */
export const INVITATION_PARAMS = { invitationId: 'uuid?' } as const

type P = Record<'invitationId' | 'emailKey', SQL>

/** Inserts an invitation: where somebody must be allowed to, only if that step found them. */
export function invitationIssued(
  db: Database,
  p: Record<'id' | 'emailKey' | 'lifetimeSeconds', SQL>,
  { by }: { by?: Step } = {},
) {
  const { id, emailKey, createdAt, expiresAt } = invitations
  const row = {
    id: p.id.as('issued_id'),
    emailKey: p.emailKey.as('issued_email_key'),
    createdAt: sql`now()`.as('issued_at'),
    expiresAt: secondsFromNow(p.lifetimeSeconds).as('issued_until'),
  }
  return db.$with('issued').as(
    db
      .insert(invitations)
      .select(db.select(row).from(by ?? sql`(select) as operator`))
      .returning({ id, emailKey, createdAt, expiresAt }),
  )
}

export type Issued = ReturnType<typeof invitationIssued>

/** The instants of an invitation, for an answer. */
export const instantsOf = ({ createdAt, expiresAt }: Issued) => ({
  createdAt: instant(createdAt),
  expiresAt: instant(expiresAt),
})

/** True for an invitation that is for this address, was not used yet, and has not expired. */
function isGood({ invitationId, emailKey }: P): SQL | undefined {
  return and(
    eq(invitations.id, invitationId),
    gt(invitations.expiresAt, sql`now()`),
    sql`coalesce(${invitations.emailKey}, ${emailKey}) = ${emailKey}`,
  )
}

/** True if nobody needs an invitation, or there is a good one. It may be used up by the time that it is wanted. */
export function isInvited(db: Database, p: P): SQL<boolean> {
  const found = db.select({ id: invitations.id }).from(invitations).where(isGood(p))
  return sql<boolean>`(${p.invitationId} is null or exists ${found})`
}

/** Holds a good invitation for this statement. Of several that want the same, one after the other has it. */
export function invitationHeld(db: Database, p: P) {
  const held = db
    .$with('held')
    .as(db.select({ id: invitations.id }).from(invitations).where(isGood(p)).for('update'))
  const isAdmitted = sql<boolean>`(${p.invitationId} is null or exists (select from ${held}))`
  return { held, isAdmitted }
}

/** Uses the held invitation up if that step has a row, or the condition holds. */
export function invitationUsed(
  db: Database,
  held: Step & { id: SQLWrapper },
  { by, orIf }: { by: Step; orIf: SQL },
) {
  return db.$with('used_up').as(
    db
      .delete(invitations)
      .where(
        and(
          inArray(invitations.id, sql`(select ${held.id} from ${held})`),
          or(exists(sql`(select from ${by})`), orIf),
        ),
      )
      .returning({ id: invitations.id }),
  )
}
