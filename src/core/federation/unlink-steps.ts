import { and, eq, type SQLWrapper, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import type { Placeholders } from '../../database/params.ts'
import { identities, type users } from '../../models/index.ts'
import { userChanged } from '../access/change-steps.ts'
import { hasCredential, isUsable } from '../accounts/predicates.ts'
import type { Step } from '../audit/state-change.ts'

/** Which identity, and the providers that are configured: their ids by spaces, and by these their names in a JSON object. */
export const UNLINK_PARAMS = {
  identityId: 'uuid',
  providers: 'text',
  providerNames: 'text',
} as const

/** A step with the one user whose identity it is to be. */
type Owner = Step & Record<'id' | 'username' | 'email', SQLWrapper>

/**
 * Unlinks an identity of the user of a step, unless nothing would be left to log in by. What else takes a credential away
 * moves the user's version too, and so of two at once one sees what the other has left: nothing happens, and another attempt
 * decides anew.
 */
export function identityUnlinked(
  db: Database,
  p: Placeholders<typeof UNLINK_PARAMS>,
  owner: Owner,
  set: PgUpdateSetSource<typeof users> = {},
) {
  const linked = db.$with('linked').as(
    db
      .select({
        id: sql<string>`${owner.id}`.as('linked_user_id'),
        username: sql<string>`${owner.username}`.as('linked_username'),
        email: sql<string>`${owner.email}`.as('linked_email'),
        identityId: identities.id,
        provider: identities.provider,
        providerName:
          sql<string>`coalesce(${p.providerNames}::jsonb ->> ${identities.provider}, ${identities.provider})`.as(
            'provider_name',
          ),
        // One of a provider that is configured no longer logs in nobody.
        isSpare: sql<boolean>`(not ${isUsable(p.providers)} or ${hasCredential(owner.id, p)})`.as(
          'is_spare',
        ),
      })
      .from(owner)
      .innerJoin(identities, eq(identities.userId, owner.id))
      .where(eq(identities.id, p.identityId)),
  )
  const changed = userChanged(db, linked, { set, when: sql`${linked.isSpare}` })
  const deleted = db.$with('unlinked').as(
    db
      .delete(identities)
      .where(
        and(
          eq(identities.id, p.identityId),
          sql`${identities.userId} in (select ${changed.id} from ${changed})`,
        ),
      )
      .returning({
        id: identities.id,
        userId: identities.userId,
        provider: identities.provider,
      }),
  )
  const told = db.$with('told').as(
    db
      .select({
        id: linked.id,
        username: linked.username,
        email: linked.email,
        providerName: linked.providerName,
      })
      .from(linked)
      .innerJoin(changed, eq(changed.id, linked.id)),
  )
  return { steps: [linked, changed, deleted, told] as const, linked, changed, deleted, told }
}

/** What an answer tells of it. `isUnlinked` reads them. */
export function unlinkColumns({
  linked,
  deleted,
}: Pick<ReturnType<typeof identityUnlinked>, 'linked' | 'deleted'>) {
  return { linkedId: linked.identityId, isSpare: linked.isSpare, deletedId: deleted.id }
}
