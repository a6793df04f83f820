import { fieldsOf, hasTexts, isSignupAnswer, readJson } from './answers.ts'
import type { LogInCalls } from './auth-client.ts'
import type { Mode } from './mode.ts'
import { type Platform, postRequest, send } from './request.ts'
import type { CodeRequested, LoginOutcome, MfaRequired, SecondFactorInput } from './types.ts'

type Deps = { platform: Platform; url: (path: string) => URL; mode: Mode }

/** Opens a session by a request whose answer has tokens, or asks for a second factor. */
export type LogIn = (path: string, body: object, init?: RequestInit) => Promise<LoginOutcome>

/** Keeps a log-in for all tabs. Of one that lacks its second factor nothing is kept. */
export function createLogIn({ url, mode }: Omit<Deps, 'platform'>): LogIn {
  return async function logIn(
    path: string,
    body: object,
    init?: RequestInit,
  ): Promise<LoginOutcome> {
    const answer = await mode.open(url(path), body, init, isMfaRequired)
    if ('mfa_required' in answer) {
      const { mfa_token } = answer
      const verify = (factor: SecondFactorInput) => logIn(MFA, { ...factor, mfa_token })
      return { ...answer, password_breached: false, verify }
    }
    return { mfa_required: false, password_breached: answer.password_breached === true }
  }
}

const MFA = 'auth/mfa/verify'

/** The calls around log-ins. They send no access token, whoever is logged in. */
export function createLogInCalls({ platform, url, mode }: Deps): LogInCalls {
  const logIn = createLogIn({ url, mode })
  const post = (path: string, body: object) => send(platform, postRequest(url(path), body))
  return {
    signup: (input) => readJson(post('auth/signup', input), isSignupAnswer),
    login: (input) => logIn('auth/login', input),
    verifyMfa: (input) => logIn(MFA, input),
    requestCode: (email, challenge) =>
      readJson(post('auth/code', { ...challenge, email }), isCodeRequested),
    logInWithCode: (input) => logIn('auth/code/verify', input),
  }
}

function isMfaRequired(value: unknown): value is MfaRequired {
  const { mfa_required: isRequired, methods } = fieldsOf(value)
  return isRequired === true && hasTexts(value, 'mfa_token') && Array.isArray(methods)
}

function isCodeRequested(value: unknown): value is CodeRequested {
  return hasTexts(value, 'code_token')
}
