import {
  body,
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { tokenResponse } from '../../../http/schemas.ts'
import { currentUser, enrollingUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { FactorConfirmed, TotpConfirmation, TotpEnrolment } from './schemas.ts'
import { confirmEnrolment, enrolTotp, noApp, noEnrolment, removeOwnTotp } from './service.ts'

const enrol = createRoute({
  method: 'post',
  path: '/auth/factors/totp',
  tags: ['factors'],
  operationId: 'enrolTotp',
  summary: 'Begin to set up an authenticator app',
  description:
    'The secret is no factor until a code confirms it, within an hour. Asking again replaces it.',
  ...guarded(enrollingUser, sudo),
  responses: {
    201: json(TotpEnrolment, 'What the app needs. No other answer has it.'),
  },
  ...problems('factor_exists'),
})

const confirm = createRoute({
  method: 'post',
  path: '/auth/factors/totp/confirm',
  tags: ['factors'],
  operationId: 'confirmTotp',
  summary: 'Confirm the authenticator app by a code',
  description:
    "From now on a log-in asks for a second factor. With the user's first one all other sessions end; this one goes on with the tokens of the answer. The code does not work again, and a mail tells the user.",
  ...guarded(enrollingUser, limited, jsonBody),
  request: body(TotpConfirmation),
  responses: {
    200: json(
      FactorConfirmed,
      'New tokens of the session, and with the first factor recovery codes.',
    ),
  },
  ...problems('factor_refused', 'factor_exists', noEnrolment),
})

const remove = createRoute({
  method: 'delete',
  path: '/auth/factors/totp',
  tags: ['factors'],
  operationId: 'removeTotp',
  summary: 'Remove the authenticator app',
  description: 'With the last factor of a user the recovery codes are gone, too. A mail tells.',
  ...guarded(currentUser, sudo),
  responses: {
    204: empty('Its codes work no longer.'),
  },
  ...problems(noApp),
})

export const totpRouter = createRouter()
  .openapi(enrol, async (c) => {
    const { secret, uri, svg } = await enrolTotp(c.get('deps'), c.get('actor'))
    const answer = { secret, otpauth_uri: uri, qr_svg: svg }
    return reply(c, TotpEnrolment, answer, 201)
  })
  .openapi(confirm, async (c) => {
    const { totp_code: code } = c.req.valid('json')
    const { recoveryCodes, ...tokens } = await confirmEnrolment(
      c.get('deps'),
      c.get('actor'),
      code,
      requesterOf(c),
    )
    const answer = { ...tokenResponse(tokens), recovery_codes: recoveryCodes }
    return reply(c, FactorConfirmed, answer, 200, setSessionCookie(c, tokens))
  })
  .openapi(remove, async (c) => {
    await removeOwnTotp(c.get('deps'), c.get('actor'), requesterOf(c))
    return replyEmpty(c)
  })
