import { userAbove } from '../../../core/access/acting.ts'
import { noSuchUser } from '../../../core/accounts/find-account.ts'
import { noSuchIdentity } from '../../../core/federation/unlink.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { IdentityList, identityListResponse } from '../../../http/identity-list.ts'
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
import { IdentityPath } from './schemas.ts'
import { identitiesOf, unlinkIdentityOf } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/admin/users/{id}/identities',
  tags: ['admin'],
  operationId: 'listUserIdentities',
  summary: 'The accounts at providers that log a user in',
  description: 'What the user sees of them, too.',
  ...guarded(currentUser, requires('auth:users:read')),
  request: { params: IdPath },
  responses: {
    200: json(IdentityList, 'The linked accounts, and whether there is a password besides.'),
  },
  ...problems(noSuchUser),
})

const unlink = createRoute({
  method: 'delete',
  path: '/admin/users/{id}/identities/{identity_id}',
  tags: ['admin'],
  operationId: 'unlinkUserIdentity',
  summary: 'Unlink an account at a provider from a user',
  description:
    'For an account at a provider that somebody else has. All sessions end, and a mail says so. A password, a passkey or another linked account must be left. Nobody does that for oneself here.',
  ...guarded(currentUser, requires('auth:users:unlink_identities'), sudo),
  request: { params: IdentityPath },
  responses: { 204: empty('It logs in no longer.') },
  ...problems(userAbove, noSuchUser, noSuchIdentity, 'last_credential', 'overloaded'),
})

export const userIdentitiesRouter = createRouter()
  .openapi(list, async (c) => {
    const deps = c.get('deps')
    const identities = await identitiesOf(deps, c.req.valid('param').id)
    return reply(c, IdentityList, identityListResponse(deps, identities), 200)
  })
  .openapi(unlink, async (c) => {
    const { id: targetId, identity_id: identityId } = c.req.valid('param')
    const which = { targetId, identityId }
    await unlinkIdentityOf(c.get('deps'), sessionOf(c.get('actor')), which)
    return replyEmpty(c)
  })
