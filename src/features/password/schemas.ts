import { z } from '@hono/zod-openapi'
import { NewPassword, Password } from '../../http/fields.ts'

export const PasswordChange = z
  .strictObject({ current_password: Password, new_password: NewPassword })
  .openapi('PasswordChange')
