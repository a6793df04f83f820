import { FactorList, factorListResponse } from '../../../http/factor-list.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { enrollingUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { ownFactors } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/auth/factors',
  tags: ['factors'],
  operationId: 'listFactors',
  summary: "The user's second factors",
  description: 'Never a secret, nor a recovery code: only how many of those are left.',
  ...guarded(enrollingUser),
  responses: {
    200: json(FactorList, 'The authenticator app, the passkeys and how many recovery codes.'),
  },
})

export const factorsRouter = createRouter().openapi(list, async (c) => {
  const list = await ownFactors(c.get('deps'), c.get('actor').id)
  return reply(c, FactorList, factorListResponse(list), 200)
})
