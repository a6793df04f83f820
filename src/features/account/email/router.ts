import { addressTaken } from '../../../core/accounts/address-taken.ts'
import { confirmEmail } from '../../../core/accounts/confirm-email.ts'
import { currentPasswordWrong } from '../../../core/accounts/own-account.ts'
import { undoEmailChange } from '../../../core/accounts/undo-email-change.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  refusedBody,
  replyAccepted,
  replyEmpty,
} from '../../../http/router.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { ConfirmRequest, EmailChange, UndoRequest } from './schemas.ts'
import { requestEmailChange } from './service.ts'

const change = createRoute({
  method: 'post',
  path: '/auth/email',
  tags: ['account'],
  operationId: 'changeEmail',
  summary: 'Ask for another email',
  description:
    'A link is mailed to the new address, and nothing changes before it is followed. If another account has that address, its owner gets a mail instead, and the answer is the same. A user with second factors must have proven one in the last 10 minutes. A user who has no password leaves `current_password` out, and must have proven in that time who they are.',
  ...guarded(accessToken, limited, jsonBody),
  request: body(EmailChange),
  responses: {
    202: empty('The new address gets a mail.'),
  },
  ...problems(
    currentPasswordWrong,
    'step_up_required',
    refusedBody(EmailChange, { new_email: 'grace' }),
    'mail_not_configured',
    'overloaded',
  ),
})

const confirm = createRoute({
  method: 'post',
  path: '/auth/email/confirm',
  tags: ['account'],
  operationId: 'confirmEmail',
  summary: 'Confirm the new email by the link of a mail',
  description:
    'Works on any device, with no log-in. The former address gets a mail with a link that undoes it, for seven days.',
  ...guarded(jsonBody),
  request: body(ConfirmRequest),
  responses: {
    204: empty('The user has the new email, which is verified.'),
  },
  ...problems('one_time_token_invalid', addressTaken, 'service_unavailable'),
})

const undo = createRoute({
  method: 'post',
  path: '/auth/email/undo',
  tags: ['account'],
  operationId: 'undoEmailChange',
  summary: 'Restore the former email by the link of a mail',
  description:
    'All sessions of the user end, and a link to choose a new password is mailed to the restored address. Whoever changed it may know the old one.',
  ...guarded(jsonBody),
  request: body(UndoRequest),
  responses: {
    204: empty('The user has the former email again.'),
  },
  ...problems('one_time_token_invalid', addressTaken, 'service_unavailable'),
})

export const emailRouter = createRouter()
  .openapi(change, async (c) => {
    const { new_email: newEmail, current_password: currentPassword } = c.req.valid('json')
    const wanted = { newEmail, currentPassword }
    await requestEmailChange(
      c.get('deps'),
      c.get('claims'),
      wanted,
      requesterOf(c),
      c.req.raw.signal,
    )
    return replyAccepted(c)
  })
  .openapi(confirm, async (c) => {
    await confirmEmail(c.get('deps'), c.req.valid('json').token, requesterOf(c))
    return replyEmpty(c)
  })
  .openapi(undo, async (c) => {
    await undoEmailChange(c.get('deps'), c.req.valid('json').token, requesterOf(c))
    return replyEmpty(c)
  })
