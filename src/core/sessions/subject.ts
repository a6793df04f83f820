import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { instant } from '../../database/instants.ts'
import { sessions, users } from '../../models/index.ts'
import { parseAccess } from '../access/permissions.ts'
import { accessOf } from '../access/steps.ts'
import { type AssuranceLevel, parseMethods } from '../factors/assurance.ts'
import type { TokenSubject } from '../tokens/claims.ts'
import { isEmailVerified } from './predicates.ts'
import type { Transport } from './session.ts'

/** When a session was proven last: of a user with second factors by one, for the password may be what was stolen. */
export function authTime(): SQL<Date> {
  const first = sql`coalesce(${sessions.authenticatedAt}, ${sessions.createdAt})`
  return sql<Date>`case when ${users.factorCount} > 0 then coalesce(${sessions.secondFactorAt}, ${first}) else greatest(${first}, ${sessions.secondFactorAt}) end`
}

/** The columns of a session and its user that say how well and how lately it was proven. */
export const assuranceColumns = () => ({
  aal: sql<AssuranceLevel>`${sessions.aal}`.as('aal'),
  factorCount: users.factorCount,
  authTime: instant(authTime()).as('auth_time'),
  secondFactorAt: instant(sessions.secondFactorAt).as('second_factor_at'),
})

/** The columns of a session and its user from which tokens are made, for the end of a step that changes the session. */
export const subjectColumns = () => ({
  id: users.id,
  username: users.username,
  email: users.email,
  isEmailVerified: isEmailVerified(),
  transport: sql<Transport>`${sessions.transport}`.as('transport'),
  generation: sessions.generation,
  issuedAt: sessions.issuedAt,
  expiresAt: sessions.expiresAt,
  aal: sessions.aal,
  amr: sql<string>`array_to_string(${sessions.amr}, ' ')`.as('amr_text'),
  authTime: authTime().as('auth_time'),
})

/** What `subjectAnswer` selects, where nothing of it is null. */
type SubjectRow = {
  id: string
  username: string
  email: string
  isEmailVerified: boolean
  transport: Transport
  generation: number
  issuedAt: Date
  expiresAt: Date
  aal: number
  /** By spaces. */
  amr: string
  authTime: Date
  access: string
}

/** The same columns of that step, for an answer. `subjectOf` reads them. */
export function subjectAnswer(
  step: { [Name in keyof ReturnType<typeof subjectColumns>]: SQLWrapper },
) {
  const { id, username, email, isEmailVerified: isVerified, transport, generation, aal, amr } = step
  const selected = {
    ...{ id, username, email, isEmailVerified: isVerified, transport, generation, aal, amr },
    access: accessOf(id),
    issuedAt: instant(step.issuedAt),
    expiresAt: instant(step.expiresAt),
    authTime: instant(step.authTime),
  }
  return selected as unknown as { [Name in keyof SubjectRow]: SQL<SubjectRow[Name]> }
}

/** Returns whom tokens are made for, of the session with this id. */
export function subjectOf(
  sessionId: string,
  { id, username, email, isEmailVerified: isVerified, access, aal, amr, ...session }: SubjectRow,
): TokenSubject {
  return {
    user: { id, username, email, isEmailVerified: isVerified, ...parseAccess(access) },
    session: { id: sessionId, aal: aal as AssuranceLevel, amr: parseMethods(amr), ...session },
  }
}
