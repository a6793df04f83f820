import { z } from '@hono/zod-openapi'
import { Password, UsernameOrEmail } from '../../http/fields.ts'

export const LoginRequest = z
  .strictObject({ username_or_email: UsernameOrEmail, password: Password })
  .openapi('LoginRequest')
