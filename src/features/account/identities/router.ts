import { noSuchIdentity } from '../../../core/federation/unlink.ts'
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
import { requesterOf } from '../../../middleware/language.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { ownIdentities, unlinkOwnIdentity } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/auth/identities',
  tags: ['account'],
  operationId: 'listIdentities',
  summary: 'The accounts at providers that log the user in',
  ...guarded(currentUser),
  responses: {
    200: json(IdentityList, 'The linked accounts, and whether there is a password besides.'),
  },
})

const unlink = createRoute({
  method: 'delete',
  path: '/auth/identities/{id}',
  tags: ['account'],
  operationId: 'unlinkIdentity',
  summary: 'Unlink an account at a provider',
  description:
    'It logs in no longer, and a mail tells. Sessions that it opened go on. A password, a passkey or another linked account must be left.',
  ...guarded(currentUser, sudo),
  request: { params: IdPath },
  responses: { 204: empty('It logs in no longer.') },
  ...problems(noSuchIdentity, 'last_credential', 'overloaded'),
})

export const identitiesRouter = createRouter()
  .openapi(list, async (c) => {
    const deps = c.get('deps')
    const identities = await ownIdentities(deps, c.get('actor'))
    return reply(c, IdentityList, identityListResponse(deps, identities), 200)
  })
  .openapi(unlink, async (c) => {
    const { id } = c.req.valid('param')
    await unlinkOwnIdentity(c.get('deps'), c.get('actor'), id, requesterOf(c))
    return replyEmpty(c)
  })
