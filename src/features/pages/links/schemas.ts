import { z } from '@hono/zod-openapi'
import { NewPassword } from '../../../http/fields.ts'

const TOKEN = /^[\w.-]{1,300}$/

/** True for what may be a token of a link. Only the service that used it knows whether it is one. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}

const token = z.string().refine(isToken)

export const LinkForm = z.object({ token })
export const NewPasswordForm = z.object({ token, new_password: NewPassword })
