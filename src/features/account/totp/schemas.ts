import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { jsonObject } from '../../../http/fields.ts'
import { RecoveryCodes, TotpCode } from '../../../http/mfa.ts'
import { TokenResponse } from '../../../http/schemas.ts'
import { once } from '../../../utils/once.ts'

export const TotpEnrolment = once(() =>
  z
    .object({
      secret: documented(z.string(), {
        example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
        description: 'For whoever types it into an app (base32).',
      }),
      otpauth_uri: documented(z.string(), {
        example:
          'otpauth://totp/Edge%20Auth:grace.hopper?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Edge%20Auth&algorithm=SHA1&digits=6&period=30',
        description: 'What is in the QR code.',
      }),
      qr_svg: documented(z.string(), {
        example: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 53 53"></svg>',
        description: 'The QR code as an SVG image. It is made here, and no third party sees it.',
      }),
    })
    .openapi('TotpEnrolment'),
)

export const TotpConfirmation = jsonObject({ totp_code: TotpCode }).openapi('TotpConfirmation', {
  example: { totp_code: '492039' },
})

export const FactorConfirmed = once(() =>
  z
    .object({
      ...TokenResponse().shape,
      recovery_codes: documented(RecoveryCodes().optional(), {
        description: 'With the first factor of a user: ten codes, shown this once.',
      }),
    })
    .openapi('FactorConfirmed'),
)
