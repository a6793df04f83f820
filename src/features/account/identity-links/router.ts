import { Identity, identityResponse } from '../../../http/identity-list.ts'
import {
  body,
  createRoute,
  createRouter,
  json,
  problems,
  refusedBody,
  reply,
} from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { flowCookie } from '../../../middleware/flow-cookie.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { IdentityLink } from './schemas.ts'
import { linkFound } from './service.ts'

const link = createRoute({
  method: 'post',
  path: '/auth/identities',
  tags: ['account'],
  operationId: 'linkIdentity',
  summary: 'Link an account at a provider after `account_exists`',
  description:
    'For whoever signed in at a provider with the email of an account here, and has now logged in to that. With the cookie of the browser that did (`credentials: "include"`). A mail tells.',
  ...guarded(currentUser, sudo, jsonBody, flowCookie),
  request: body(IdentityLink),
  responses: { 201: json(Identity, 'From now on it logs in.') },
  ...problems(
    'oauth_code_invalid',
    'email_not_verified',
    'identity_taken',
    'too_many_identities',
    refusedBody(IdentityLink, { link_token: '' }),
    'overloaded',
  ),
})

export const identityLinksRouter = createRouter().openapi(link, async (c) => {
  const { link_token: linkToken } = c.req.valid('json')
  const [deps, flows] = [c.get('deps'), c.get('flows')]
  const linking = { linkToken, cookie: flows.secrets }
  const { identity, secret } = await linkFound(deps, c.get('actor'), linking, requesterOf(c))
  flows.end(secret)
  return reply(c, Identity, identityResponse(deps, identity), 201)
})
