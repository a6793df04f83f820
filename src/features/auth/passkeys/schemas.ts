import { jsonObject, TransportField } from '../../../http/fields.ts'
import { AssertionCredential, ChallengeToken } from '../../../http/mfa.ts'

export const PasskeyLogin = jsonObject({
  challenge_token: ChallengeToken,
  credential: AssertionCredential,
  transport: TransportField,
}).openapi('PasskeyLogin', {
  example: {
    challenge_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbnlvbmUifQ.c2lnbmF0dXJl',
    credential: {
      id: 'q83vEjRWeJCrze8SNFZ4kA',
      rawId: 'q83vEjRWeJCrze8SNFZ4kA',
      type: 'public-key',
      response: {
        clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
        authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA',
        signature: 'MEUCIQDx',
        userHandle: 'pWc1dmr7cY5vNnEhc3xPb1RkZg',
      },
    },
  },
})
