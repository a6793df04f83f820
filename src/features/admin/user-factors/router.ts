import { userAbove } from '../../../core/access/acting.ts'
import { noSuchUser } from '../../../core/accounts/find-account.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { FactorList, factorListResponse } from '../../../http/factor-list.ts'
import {
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { IdPath } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { factorsOf, removeFactors } from './service.ts'

const about = { tags: ['admin'], request: { params: IdPath } }

const list = createRoute({
  ...about,
  method: 'get',
  path: '/admin/users/{id}/factors',
  operationId: 'listUserFactors',
  summary: 'The second factors of a user',
  description: 'What the user sees of them, too: never a secret.',
  ...guarded(currentUser, requires('auth:users:read')),
  responses: {
    200: json(FactorList, 'The authenticator app, the passkeys and how many recovery codes.'),
  },
  ...problems(noSuchUser),
})

const removal = createRoute({
  ...about,
  method: 'delete',
  path: '/admin/users/{id}/factors',
  operationId: 'removeUserFactors',
  summary: 'Remove all second factors of a user',
  description:
    'For somebody who has lost them: make sure that it is this person who asks. The authenticator app, passkeys and recovery codes are gone, all sessions end, and a mail says so. The password is enough from then on. Nobody does that for oneself, and no admin ever adds a factor.',
  ...guarded(currentUser, requires('auth:users:remove_factors'), sudo),
  responses: { 204: empty('The user has no second factor.') },
  ...problems(userAbove, noSuchUser, 'overloaded'),
})

export const userFactorsRouter = createRouter()
  .openapi(list, async (c) => {
    const factors = await factorsOf(c.get('deps'), c.req.valid('param').id)
    return reply(c, FactorList, factorListResponse(factors), 200)
  })
  .openapi(removal, async (c) => {
    await removeFactors(c.get('deps'), sessionOf(c.get('actor')), c.req.valid('param').id)
    return replyEmpty(c)
  })
