import { fieldsOf, hasTexts } from './answers.ts'
import type { Mode } from './mode.ts'
import type { LoginOutcome, MfaRequired, SecondFactorInput } from './types.ts'

type Deps = { url: (path: string) => URL; mode: Mode }

export const MFA_PATH = 'auth/mfa/verify'

/** Opens a session by a request whose answer has tokens, or asks for a second factor. */
export type LogIn = (path: string, body: object, init?: RequestInit) => Promise<LoginOutcome>

/** Keeps a log-in for all tabs. Of one that lacks its second factor nothing is kept. */
export function createLogIn({ url, mode }: Deps): LogIn {
  return async function logIn(
    path: string,
    body: object,
    init?: RequestInit,
  ): Promise<LoginOutcome> {
    const answer = await mode.open(url(path), body, init, isMfaRequired)
    if ('mfa_required' in answer) {
      const { mfa_token } = answer
      const verify = (factor: SecondFactorInput) => logIn(MFA_PATH, { ...factor, mfa_token })
      return { ...answer, password_breached: false, verify }
    }
    return { mfa_required: false, password_breached: answer.password_breached === true }
  }
}

function isMfaRequired(value: unknown): value is MfaRequired {
  const { mfa_required: isRequired, methods } = fieldsOf(value)
  return isRequired === true && hasTexts(value, 'mfa_token') && Array.isArray(methods)
}
