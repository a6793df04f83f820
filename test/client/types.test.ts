import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type * as client from '../../client/index.ts'
import type { TokenResponse } from '../../client/token-answers.ts'
import type { FieldCode, ProblemCode } from '../../src/errors.ts'
import type { ActivityList } from '../../src/features/account/activity/schemas.ts'
import type { DeletionRequest } from '../../src/features/account/deletion/schemas.ts'
import type {
  ConfirmRequest,
  EmailChange,
  UndoRequest,
} from '../../src/features/account/email/schemas.ts'
import type { PasswordChange } from '../../src/features/account/password/schemas.ts'
import type { ProfileChange } from '../../src/features/account/profile/schemas.ts'
import type { ForgotRequest, ResetRequest } from '../../src/features/account/recovery/schemas.ts'
import type { TotpEnrolment } from '../../src/features/account/totp/schemas.ts'
import type {
  VerificationRequest,
  VerifyRequest,
} from '../../src/features/account/verification/schemas.ts'
import type { CodeRequested, CodeVerification } from '../../src/features/auth/code/schemas.ts'
import type { LoginRequest } from '../../src/features/auth/login/schemas.ts'
import type { LogoutAllRequest } from '../../src/features/auth/logout/schemas.ts'
import type { MfaVerification } from '../../src/features/auth/mfa/schemas.ts'
import type {
  ExchangeResponse,
  OAuthExchange,
} from '../../src/features/auth/oauth-exchange/schemas.ts'
import type { OAuthStart, ProviderList } from '../../src/features/auth/oauth-flow/schemas.ts'
import type { ReauthRequest } from '../../src/features/auth/reauth/schemas.ts'
import type { SignupPending, SignupRequest } from '../../src/features/auth/signup/schemas.ts'
import type { FactorList } from '../../src/http/factor-list.ts'
import type { Identity, IdentityList } from '../../src/http/identity-list.ts'
import type { MfaRequired } from '../../src/http/mfa.ts'
import type * as wire from '../../src/http/schemas.ts'
import type { SessionList } from '../../src/http/session-list.ts'

// The compiler holds these (`npm run types`): what the client writes out by hand is what the service's schemas say.

it('has the answers of the service', () => {
  expectTypeOf<client.User>().toEqualTypeOf<wire.WireForm<typeof wire.User>>()
  expectTypeOf<client.SignupPending>().toEqualTypeOf<wire.WireForm<typeof SignupPending>>()
  expectTypeOf<TokenResponse>().toExtend<wire.WireForm<typeof wire.TokenResponse>>()
  expectTypeOf<client.ActivityPage>().toEqualTypeOf<wire.WireForm<typeof ActivityList>>()
  expectTypeOf<client.MfaRequired>().toEqualTypeOf<wire.WireForm<typeof MfaRequired>>()
  expectTypeOf<client.CodeRequested>().toEqualTypeOf<wire.WireForm<typeof CodeRequested>>()
  expectTypeOf<client.TotpEnrolment>().toEqualTypeOf<wire.WireForm<typeof TotpEnrolment>>()
  expectTypeOf<client.FactorList>().toEqualTypeOf<wire.WireForm<typeof FactorList>>()
  expectTypeOf<client.Identity>().toEqualTypeOf<wire.WireForm<typeof Identity>>()
  expectTypeOf<client.IdentityList>().toEqualTypeOf<wire.WireForm<typeof IdentityList>>()
  expectTypeOf<{ providers: client.ProviderInfo[] }>().toEqualTypeOf<
    wire.WireForm<typeof ProviderList>
  >()
  expectTypeOf<TokenResponse | client.MfaRequired | { linked: client.Identity }>().toExtend<
    wire.WireForm<typeof ExchangeResponse>
  >()
  expectTypeOf<{ sessions: client.Session[] }>().toEqualTypeOf<wire.WireForm<typeof SessionList>>()
})

/** A body as a caller gives it: the client says itself what carries the session. */
type Input<Schema extends z.ZodType> = Omit<z.input<Schema>, 'transport'>

it('has the bodies of the service', () => {
  expectTypeOf<client.SignupInput>().toEqualTypeOf<z.input<typeof SignupRequest>>()
  expectTypeOf<client.LoginInput>().toEqualTypeOf<Input<typeof LoginRequest>>()
  expectTypeOf<client.LogoutAllInput>().toEqualTypeOf<z.input<typeof LogoutAllRequest>>()
  expectTypeOf<client.PasswordInput>().toEqualTypeOf<z.input<typeof PasswordChange>>()
  expectTypeOf<client.PasswordResetInput>().toEqualTypeOf<z.input<typeof ResetRequest>>()
  expectTypeOf<client.EmailChangeInput>().toEqualTypeOf<z.input<typeof EmailChange>>()
  expectTypeOf<client.ProfileInput>().toEqualTypeOf<z.input<typeof ProfileChange>>()
  expectTypeOf<client.CodeInput>().toEqualTypeOf<Input<typeof CodeVerification>>()
  expectTypeOf<client.ReauthInput>().toExtend<z.input<typeof ReauthRequest>>()
  expectTypeOf<client.SecondFactorInput & { mfa_token: string }>().toExtend<
    z.input<typeof MfaVerification>
  >()
  expectTypeOf<{ code: string; invitation?: client.ProviderOptions['invitation'] }>().toEqualTypeOf<
    Input<typeof OAuthExchange>
  >()
  expectTypeOf<client.Completed['intent']>().toEqualTypeOf<
    NonNullable<z.input<typeof OAuthStart>['intent']>
  >()
  expectTypeOf<Pick<client.ProviderOptions, 'returnTo'>['returnTo']>().toEqualTypeOf<
    z.input<typeof OAuthStart>['return_to']
  >()
  expectTypeOf<client.DeletionInput>().toEqualTypeOf<z.input<typeof DeletionRequest>>()
  expectTypeOf<Parameters<client.AuthClient['forgotPassword']>>().toEqualTypeOf<
    [email: string, challenge?: client.Challenge | undefined]
  >()
  expectTypeOf<client.Challenge>().toEqualTypeOf<Pick<client.LoginInput, 'turnstile_token'>>()
  expectTypeOf<Pick<client.SignupInput, 'email' | 'turnstile_token'>>().toEqualTypeOf<
    z.input<typeof ForgotRequest>
  >()
  expectTypeOf<{ email?: string | undefined }>().toEqualTypeOf<
    z.input<typeof VerificationRequest>
  >()
  for (const _ of ['verifyEmail', 'confirmEmail', 'undoEmailChange'] as const) {
    expectTypeOf<Parameters<client.AuthClient[typeof _]>>().toEqualTypeOf<[token: string]>()
  }
  expectTypeOf<
    z.input<typeof VerifyRequest | typeof ConfirmRequest | typeof UndoRequest>
  >().toEqualTypeOf<{ token: string }>()
})

it('has the codes of the service', () => {
  expectTypeOf<client.ErrorCode>().toEqualTypeOf<ProblemCode | 'unknown_error'>()
  expectTypeOf<client.FieldCode>().toEqualTypeOf<FieldCode>()
  expectTypeOf<client.AuthError['code']>().toEqualTypeOf<client.ErrorCode>()
  expectTypeOf<client.AuthError['errors'][number]>().toEqualTypeOf<client.FieldProblem>()
  expectTypeOf<client.Problem['code']>().toEqualTypeOf<client.ErrorCode>()
})
