import { z } from '@hono/zod-openapi'
import { Email, NewPassword, Username } from '../../http/fields.ts'

export const SignupRequest = z
  .strictObject({ username: Username, email: Email, password: NewPassword })
  .openapi('SignupRequest')
