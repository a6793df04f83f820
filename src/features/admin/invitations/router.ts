import { pageOf, readCursor } from '../../../http/paging.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  refusedBody,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { IdPath } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import {
  InvitationList,
  InvitationQuery,
  InvitationRequest,
  IssuedInvitation,
  invitationResponse,
  issuedResponse,
} from './schemas.ts'
import { issue, listInvitations, noSuchInvitation, revoke } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/admin/invitations',
  tags: ['admin'],
  operationId: 'listInvitations',
  summary: 'The invitations that still work, the latest first',
  ...guarded(currentUser, requires('auth:invitations:read')),
  request: { query: InvitationQuery },
  responses: {
    200: json(InvitationList, 'One page of them.'),
  },
})

const create = createRoute({
  method: 'post',
  path: '/admin/invitations',
  tags: ['admin'],
  operationId: 'issueInvitation',
  summary: 'Issue an invitation to sign up',
  description:
    'It works once, where SIGNUP is `invite`. No mail is sent: whoever asks passes the token on.',
  ...guarded(currentUser, requires('auth:invitations:write'), sudo, jsonBody),
  request: body(InvitationRequest),
  responses: {
    201: json(IssuedInvitation, 'It is issued, and its token is shown this once.'),
  },
  ...problems(refusedBody(InvitationRequest, { email: 'ada', expires_in_days: 0 })),
})

const remove = createRoute({
  method: 'delete',
  path: '/admin/invitations/{id}',
  tags: ['admin'],
  operationId: 'revokeInvitation',
  summary: 'Take an invitation back',
  ...guarded(currentUser, requires('auth:invitations:write'), sudo),
  request: { params: IdPath },
  responses: {
    204: empty('It works no longer.'),
  },
  ...problems(noSuchInvitation),
})

export const invitationsRouter = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const before = readCursor(cursor, { id: 'uuid' })?.id
    const found = await listInvitations(c.get('deps'), { before, most: limit + 1 })
    const { rows, nextCursor } = pageOf(found, limit, ({ id }) => ({ id }))
    const answer = { invitations: rows.map(invitationResponse), next_cursor: nextCursor }
    return reply(c, InvitationList, answer, 200)
  })
  .openapi(create, async (c) => {
    const { id: userId, sessionId } = c.get('actor')
    const issued = await issue(c.get('deps'), { userId, sessionId }, c.req.valid('json'))
    return reply(c, IssuedInvitation, issuedResponse(issued), 201)
  })
  .openapi(remove, async (c) => {
    const { id: userId, sessionId } = c.get('actor')
    await revoke(c.get('deps'), { userId, sessionId }, c.req.valid('param').id)
    return replyEmpty(c)
  })
