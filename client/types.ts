import type { z } from '@hono/zod-openapi'
import type { FieldCode, ProblemCode } from '../src/errors.ts'
import type { PasswordChange } from '../src/features/account/password/schemas.ts'
import type { SessionList } from '../src/features/account/sessions/schemas.ts'
import type { LoginRequest } from '../src/features/auth/login/schemas.ts'
import type { LogoutAllRequest } from '../src/features/auth/logout/schemas.ts'
import type { SignupRequest } from '../src/features/auth/signup/schemas.ts'
import type * as wire from '../src/http/schemas.ts'

export type User = wire.WireForm<typeof wire.User>
export type TokenResponse = wire.WireForm<typeof wire.TokenResponse>
export type Sessions = wire.WireForm<typeof SessionList>
export type Session = Sessions['sessions'][number]
export type SignupInput = z.input<typeof SignupRequest>
export type LoginInput = z.input<typeof LoginRequest>
export type LogoutAllInput = z.input<typeof LogoutAllRequest>
export type PasswordInput = z.input<typeof PasswordChange>

/** The service's codes, and one for answers that are not the service's. */
export type ErrorCode = ProblemCode | 'unknown_error'

export type { FieldCode }

/** A refused field. A newer service may know more codes, so no code is taken for impossible. */
export type FieldProblem = {
  pointer: string
  code: FieldCode | (string & Record<never, never>)
  detail: string
}

export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  request_id: string
  errors?: readonly FieldProblem[]
}
