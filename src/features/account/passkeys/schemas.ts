import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { Passkey } from '../../../http/factor-list.ts'
import { jsonObject } from '../../../http/fields.ts'
import { ChallengeToken, RecoveryCodes } from '../../../http/mfa.ts'
import { NewCredential, PasskeyName } from '../../../http/passkey.ts'
import { TokenResponse } from '../../../http/schemas.ts'
import { once } from '../../../utils/once.ts'

export const PasskeyRegistration = jsonObject({
  challenge_token: ChallengeToken,
  credential: NewCredential,
  name: PasskeyName.optional(),
}).openapi('PasskeyRegistration', {
  example: {
    challenge_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
    credential: {
      id: 'q83vEjRWeJCrze8SNFZ4kA',
      rawId: 'q83vEjRWeJCrze8SNFZ4kA',
      type: 'public-key',
      response: {
        clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
        attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA',
        transports: ['internal', 'hybrid'],
      },
    },
    name: 'Phone',
  },
})

export const PasskeyRenaming = jsonObject({ name: PasskeyName }).openapi('PasskeyRenaming', {
  example: { name: 'Old phone' },
})

export const PasskeyRegistered = once(() =>
  z
    .object({
      passkey: Passkey(),
      ...TokenResponse().shape,
      recovery_codes: documented(RecoveryCodes().optional(), {
        description: 'With the first factor of a user: ten codes, shown this once.',
      }),
    })
    .openapi('PasskeyRegistered'),
)
