import { z } from '@hono/zod-openapi'
import { AUDIT_EVENTS } from '../../../core/audit/events.ts'
import { documented } from '../../../http/documented.ts'
import { nextCursorField, pageQuery } from '../../../http/paging.ts'
import { id, instantField, textOrNull, type WireForm } from '../../../http/schemas.ts'
import { once } from '../../../utils/once.ts'
import type { Activity } from './service.ts'

export const ActivityQuery = pageQuery({})

const ActivityEvent = once(() =>
  z
    .object({
      id: id(),
      event: documented(z.string(), {
        example: 'session_opened',
        description: `One of: ${Object.keys(AUDIT_EVENTS).join(', ')}. More may follow.`,
      }),
      outcome: documented(z.string(), { example: 'success', description: 'success or failure' }),
      at: instantField(),
      ip: textOrNull(
        '203.0.113.7',
        'Whence it was done; null where an admin or the service did it.',
      ),
      session_id: textOrNull(
        '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
        'The session by which it was done, or that it is about.',
      ),
      by_admin: documented(z.boolean(), { description: 'True for what an admin did.' }),
    })
    .openapi('ActivityEvent'),
)

export const ActivityList = once(() =>
  z
    .object({ events: z.array(ActivityEvent()), next_cursor: nextCursorField() })
    .openapi('ActivityList'),
)

/** The wire form of what a user is told of an event. */
export function activityEvent(one: Activity): WireForm<typeof ActivityEvent> {
  return {
    ...{ id: one.id, event: one.event, outcome: one.outcome },
    at: one.at.toISOString(),
    ip: one.ip,
    session_id: one.ownSessionId,
    by_admin: one.isByAdmin,
  }
}
