import type { TypedResponse } from 'hono'
import { pageOf, readCursor } from '../../../http/paging.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { replyFile } from '../../../http/stream.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { AuditExportQuery, AuditList, AuditQuery, auditEvent, FORMS, filtersOf } from './schemas.ts'

/** Loaded with the first request of an admin, so that no start pays for it. */
const service = () => import('./service.ts')

const list = createRoute({
  method: 'get',
  path: '/admin/audit',
  tags: ['admin'],
  operationId: 'listAuditEvents',
  summary: 'The audit trail, the newest first',
  ...guarded(currentUser, requires('auth:audit:read')),
  request: { query: AuditQuery },
  responses: { 200: json(AuditList, 'One page of it.') },
})

const text = { schema: { type: 'string' as const } }

const exported = createRoute({
  method: 'get',
  path: '/admin/audit/export',
  tags: ['admin'],
  operationId: 'exportAuditEvents',
  summary: 'The audit trail as a file, the newest first',
  description:
    'One `AuditEvent` a line, or CSV in which a cell that a spreadsheet would take for a formula begins with an apostrophe. An answer that is cut off is not the whole file.',
  ...guarded(currentUser, requires('auth:audit:read')),
  request: { query: AuditExportQuery },
  responses: {
    200: {
      description: 'All that the filters ask for.',
      content: { [FORMS.ndjson.mediaType]: text, [FORMS.csv.mediaType]: text },
    },
  },
})

export const auditRouter = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor: given, ...asked } = c.req.valid('query')
    const { id: userId, sessionId } = c.get('actor')
    const cursor = readCursor(given, { id: 'uuid' })?.id
    const found = await (await service()).listEvents(
      c.get('deps'),
      { userId, sessionId },
      { ...filtersOf(asked), cursor, most: limit + 1 },
    )
    const { rows, nextCursor } = pageOf(found, limit, ({ id }) => ({ id }))
    return reply(c, AuditList, { events: rows.map(auditEvent), next_cursor: nextCursor }, 200)
  })
  .openapi(exported, async (c) => {
    const { format, ...asked } = c.req.valid('query')
    const { id: userId, sessionId } = c.get('actor')
    const { mediaType, head, lines } = FORMS[format]
    async function* pieces() {
      let before = head()
      const { exportEvents } = await service()
      for await (const page of exportEvents(
        c.get('deps'),
        { userId, sessionId },
        filtersOf(asked),
      )) {
        yield before + lines(page)
        before = ''
      }
    }
    const file = await replyFile(c, { name: `audit.${format}`, mediaType }, pieces())
    return file as Response & TypedResponse<string, 200, 'text'>
  })
