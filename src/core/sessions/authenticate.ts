import { eq } from 'drizzle-orm'
import { batched } from '../../database/batched-reads.ts'
import type { Database } from '../../database/index.ts'
import { read, readMany } from '../../database/read.ts'
import { AppError } from '../../errors.ts'
import { sessions, users } from '../../models/index.ts'
import { type Account, accountColumns, accountOf } from '../accounts/account.ts'
import type { CoreDeps } from '../deps.ts'
import type { AssuranceLevel } from '../factors/assurance.ts'
import { refuseUnenrolled } from '../factors/step-up.ts'
import { type CallerParams, isCaller } from './predicates.ts'
import type { SessionRef } from './session.ts'
import { assuranceColumns } from './subject.ts'

/** The authenticated user, and the session that the token belongs to. */
export type Actor = Account & {
  sessionId: string
  aal: AssuranceLevel
  /** How many second factors the user has. */
  factorCount: number
  /** When a factor was proven last. */
  authTime: Date
  /** When a second factor was proven last, or a passkey that is two by itself. */
  secondFactorAt: Date | null
}

/** The account of a session that is live, be it only to enrol a factor. */
const find = (db: Database, p: CallerParams) =>
  db
    .select({
      ...accountColumns(),
      ...assuranceColumns(),
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isCaller(p, 0))

// Two statements, because Postgres plans one over lists anew each time that the lists are short.
const selectActor = read({
  name: 'select_actor',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find,
})
const selectActors = readMany({
  name: 'select_actors',
  params: { sessionId: 'uuid[]', userId: 'uuid[]' },
  find,
})

const findActor = batched({
  one: async (db, key: SessionRef) => (await selectActor(db, key))[0],
  many: selectActors,
})

/** Throws `mfa_enrollment_required` if a session can do nothing before a second factor is enrolled. */
export function refuseEnrolling(deps: CoreDeps, actor: Actor): void {
  if (actor.aal === 0) throw new AppError('mfa_enrollment_required')
  refuseUnenrolled(deps, actor)
}

/**
 * Returns the user and session of an access token, even of a session that can only enrol a factor. Throws `token_invalid`
 * if the session has ended, even a moment ago.
 */
export async function authenticateToEnrol(
  { db }: CoreDeps,
  { userId, sessionId }: SessionRef,
): Promise<Actor> {
  const found = await findActor(db, { sessionId, userId })
  if (!found) throw new AppError('token_invalid')
  return { ...accountOf(found), sessionId }
}

/** Returns the session of an authenticated user, for a statement that checks it once more. */
export function sessionOf({ id: userId, sessionId }: Actor): SessionRef {
  return { userId, sessionId }
}
