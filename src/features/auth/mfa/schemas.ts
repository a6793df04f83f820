import { documented } from '../../../http/documented.ts'
import { jsonObject, TransportField, trimmed } from '../../../http/fields.ts'
import { exactlyOne, FACTOR_FIELDS, FACTOR_NAMES } from '../../../http/mfa.ts'

export const MfaVerification = exactlyOne(
  jsonObject({
    mfa_token: documented(trimmed.min(1, 'Give the token of the log-in.'), {
      example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Im1mYStqd3QifQ.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
      description: 'What the log-in answered.',
    }),
    transport: TransportField,
    ...FACTOR_FIELDS,
  }),
  FACTOR_NAMES,
).openapi('MfaVerification', {
  description: 'The token, and exactly one of the others.',
  example: {
    mfa_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Im1mYStqd3QifQ.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
    totp_code: '492039',
  },
})
