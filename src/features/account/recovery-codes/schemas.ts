import { z } from '@hono/zod-openapi'
import { RecoveryCodes } from '../../../http/mfa.ts'
import { once } from '../../../utils/once.ts'

export const RecoveryCodeList = once(() =>
  z.object({ recovery_codes: RecoveryCodes() }).openapi('RecoveryCodeList'),
)
