import { Passkey, passkeyResponse } from '../../../http/factor-list.ts'
import { CreationOptions } from '../../../http/passkey.ts'
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
import { IdPath, tokenResponse } from '../../../http/schemas.ts'
import { currentUser, enrollingUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { PasskeyRegistered, PasskeyRegistration, PasskeyRenaming } from './schemas.ts'
import {
  credentialRefused,
  noSuchPasskey,
  passkeyOptions,
  registerPasskey,
  removeOwnPasskey,
  renameOwnPasskey,
} from './service.ts'

const options = createRoute({
  method: 'post',
  path: '/auth/factors/passkey-options',
  tags: ['factors'],
  operationId: 'passkeyCreationOptions',
  summary: 'Begin to register a passkey',
  description: 'What the browser makes a passkey by. Nothing is stored.',
  ...guarded(enrollingUser, sudo),
  responses: { 200: json(CreationOptions, 'The options, and the token of their challenge.') },
  ...problems('passkeys_not_configured'),
})

const register = createRoute({
  method: 'post',
  path: '/auth/factors/passkeys',
  tags: ['factors'],
  operationId: 'registerPasskey',
  summary: 'Register a passkey',
  description:
    "From now on a log-in by password asks for a second factor, and the passkey logs in alone. With the user's first factor all other sessions end; this one goes on with the tokens of the answer. A mail tells the user.",
  ...guarded(enrollingUser, sudo, jsonBody),
  request: body(PasskeyRegistration),
  responses: {
    201: json(
      PasskeyRegistered,
      'The passkey, new tokens of the session, and with the first factor recovery codes.',
    ),
  },
  ...problems(
    'challenge_invalid',
    'too_many_passkeys',
    credentialRefused,
    'passkeys_not_configured',
  ),
})

const rename = createRoute({
  method: 'patch',
  path: '/auth/factors/passkeys/{id}',
  tags: ['factors'],
  operationId: 'renamePasskey',
  summary: 'Give a passkey another name',
  ...guarded(currentUser, jsonBody),
  request: { params: IdPath, ...body(PasskeyRenaming) },
  responses: { 200: json(Passkey, 'The passkey as it is now.') },
  ...problems(noSuchPasskey, refusedBody(PasskeyRenaming, { name: '' })),
})

const remove = createRoute({
  method: 'delete',
  path: '/auth/factors/passkeys/{id}',
  tags: ['factors'],
  operationId: 'removePasskey',
  summary: 'Remove a passkey',
  description:
    'With the last factor of a user the recovery codes are gone, too. A mail tells. Something else to log in by must be left: a password, another passkey or a linked account.',
  ...guarded(currentUser, sudo),
  request: { params: IdPath },
  responses: { 204: empty('It logs in no longer.') },
  ...problems(noSuchPasskey, 'last_credential', 'overloaded'),
})

export const passkeysRouter = createRouter()
  .openapi(options, async (c) => {
    const { options, challengeToken } = await passkeyOptions(c.get('deps'), c.get('actor'))
    const answer = { public_key: options, challenge_token: challengeToken }
    return reply(c, CreationOptions, answer, 200)
  })
  .openapi(register, async (c) => {
    const { challenge_token: challengeToken, credential, name } = c.req.valid('json')
    const { passkey, recoveryCodes, ...tokens } = await registerPasskey(
      c.get('deps'),
      c.get('actor'),
      { challengeToken, credential, name },
      requesterOf(c),
    )
    const answer = {
      ...tokenResponse(tokens),
      passkey: passkeyResponse(passkey),
      recovery_codes: recoveryCodes,
    }
    return reply(c, PasskeyRegistered, answer, 201, setSessionCookie(c, tokens))
  })
  .openapi(rename, async (c) => {
    const { id } = c.req.valid('param')
    const { name } = c.req.valid('json')
    const renamed = await renameOwnPasskey(c.get('deps'), c.get('actor'), id, name)
    return reply(c, Passkey, passkeyResponse(renamed), 200)
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid('param')
    await removeOwnPasskey(c.get('deps'), c.get('actor'), id, requesterOf(c))
    return replyEmpty(c)
  })
