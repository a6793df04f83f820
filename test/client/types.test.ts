import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { TokenResponse } from '../../client/answers.ts'
import type * as client from '../../client/index.ts'
import type { FieldCode, ProblemCode } from '../../src/errors.ts'
import type { PasswordChange } from '../../src/features/account/password/schemas.ts'
import type { SessionList } from '../../src/features/account/sessions/schemas.ts'
import type { LoginRequest } from '../../src/features/auth/login/schemas.ts'
import type { LogoutAllRequest } from '../../src/features/auth/logout/schemas.ts'
import type { SignupRequest } from '../../src/features/auth/signup/schemas.ts'
import type * as wire from '../../src/http/schemas.ts'

// The compiler holds these (`npm run types`): what the client writes out by hand is what the service's schemas say.

it('has the answers of the service', () => {
  expectTypeOf<client.User>().toEqualTypeOf<wire.WireForm<typeof wire.User>>()
  expectTypeOf<TokenResponse>().toEqualTypeOf<wire.WireForm<typeof wire.TokenResponse>>()
  expectTypeOf<{ sessions: client.Session[] }>().toEqualTypeOf<wire.WireForm<typeof SessionList>>()
})

it('has the bodies of the service', () => {
  expectTypeOf<client.SignupInput>().toEqualTypeOf<z.input<typeof SignupRequest>>()
  expectTypeOf<client.LoginInput>().toEqualTypeOf<z.input<typeof LoginRequest>>()
  expectTypeOf<client.LogoutAllInput>().toEqualTypeOf<z.input<typeof LogoutAllRequest>>()
  expectTypeOf<client.PasswordInput>().toEqualTypeOf<z.input<typeof PasswordChange>>()
})

it('has the codes of the service', () => {
  expectTypeOf<client.ErrorCode>().toEqualTypeOf<ProblemCode | 'unknown_error'>()
  expectTypeOf<client.FieldCode>().toEqualTypeOf<FieldCode>()
  expectTypeOf<client.AuthError['code']>().toEqualTypeOf<client.ErrorCode>()
  expectTypeOf<client.AuthError['errors'][number]>().toEqualTypeOf<client.FieldProblem>()
  expectTypeOf<client.Problem['code']>().toEqualTypeOf<client.ErrorCode>()
})
