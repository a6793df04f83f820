import { createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { RecoveryCodeList } from './schemas.ts'
import { renewRecoveryCodes } from './service.ts'

const renew = createRoute({
  method: 'post',
  path: '/auth/factors/recovery-codes',
  tags: ['factors'],
  operationId: 'renewRecoveryCodes',
  summary: 'Get other recovery codes',
  description:
    'For a user with a second factor. All of before work no longer, and a mail tells the user. The answer is the only one that has them.',
  ...guarded(currentUser, sudo),
  responses: {
    200: json(RecoveryCodeList, 'Ten codes, each of which works once.'),
  },
  ...problems('mfa_enrollment_required', 'overloaded'),
})

export const recoveryCodesRouter = createRouter().openapi(renew, async (c) => {
  const codes = await renewRecoveryCodes(c.get('deps'), c.get('actor'), requesterOf(c))
  return reply(c, RecoveryCodeList, { recovery_codes: codes }, 200)
})
