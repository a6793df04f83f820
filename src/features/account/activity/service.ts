import { idsBetween } from '../../../core/audit/page.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { selectActivity } from './repository.ts'

type Found = Awaited<ReturnType<typeof selectActivity>>[number]

/** What happened to an account, as its user is told. */
export type Activity = Found & { id: string; at: Date; event: string; outcome: string }

/**
 * Returns what the audit trail has about the caller, the newest first, below a cursor. Throws `token_invalid` if the session
 * has ended.
 */
export async function listActivity(
  { db }: Deps,
  { userId, sessionId }: SessionRef,
  { cursor, most }: { cursor: string | undefined; most: number },
): Promise<Activity[]> {
  const found = await selectActivity(db, { userId, sessionId, most, ...idsBetween({ cursor }) })
  if (found.length === 0) throw new AppError('token_invalid')
  return found.filter((one): one is Activity => one.id !== null)
}
