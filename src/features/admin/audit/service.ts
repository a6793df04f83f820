import { AUDIT_EVENTS, type AuditEvent, outcomeOf } from '../../../core/audit/events.ts'
import { idsBetween, type PageBounds } from '../../../core/audit/page.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { selectAudit } from './repository.ts'

/** Which events are asked for. */
export type Filters = Omit<PageBounds, 'cursor'> & {
  event?: AuditEvent | undefined
  outcome?: 'success' | 'failure' | undefined
  actorId?: string | undefined
  subjectId?: string | undefined
}

type Page = Filters & { cursor: string | undefined; most: number }

type Found = Awaited<ReturnType<typeof selectAudit.all>>[number]

/** An event of the audit trail. */
export type Recorded = Found & {
  id: string
  at: Date
  event: string
  outcome: string
  details: string
  isFound: boolean
  isLast: boolean
}

const EVENTS = Object.keys(AUDIT_EVENTS) as AuditEvent[]
const EXPORTED_AT_ONCE = 1_000

/**
 * Returns a page of the audit trail, the newest first, and where filters pass over many the last event that was looked at.
 * Throws `permission_denied` if the caller may not read it any more.
 */
export async function listEvents(
  { db }: Pick<Deps, 'db'>,
  { userId, sessionId }: SessionRef,
  { event, outcome, actorId, subjectId, most, ...bounds }: Page,
): Promise<Recorded[]> {
  const isFiltered = event !== undefined || outcome !== undefined
  // An outcome is one of its events. So no index is needed for it.
  const events = EVENTS.filter(
    (name) => (event ?? name) === name && (outcome ?? outcomeOf(name)) === outcomeOf(name),
  )
  const select = selectAudit[indexFor({ actorId, subjectId, isFiltered })]
  const found = await select(db, {
    ...{ userId, sessionId, most },
    actorId: actorId ?? null,
    subjectId: subjectId ?? null,
    events: isFiltered ? events.join(',') : null,
    ...idsBetween(bounds),
  })
  if (found.length === 0) throw new AppError('permission_denied')
  return found.filter((one): one is Recorded => one.id !== null)
}

type Asked = Pick<Filters, 'actorId' | 'subjectId'> & { isFiltered: boolean }

function indexFor({ actorId, subjectId, isFiltered }: Asked): keyof typeof selectAudit {
  if (subjectId !== undefined) return 'subject'
  if (actorId !== undefined) return 'actor'
  return isFiltered ? 'events' : 'all'
}

/**
 * Yields all that is asked for, the newest first, page by page, so that no more than one is held. Each page asks anew whether
 * the caller may read it.
 */
export async function* exportEvents(
  deps: Pick<Deps, 'db'>,
  caller: SessionRef,
  filters: Filters,
): AsyncGenerator<Recorded[], void, void> {
  let cursor: string | undefined
  do {
    const page = await listEvents(deps, caller, { ...filters, cursor, most: EXPORTED_AT_ONCE })
    const last = page.at(-1)
    cursor = page.length === EXPORTED_AT_ONCE || last?.isLast ? last?.id : undefined
    yield page.filter(({ isFound }) => isFound)
  } while (cursor !== undefined)
}
