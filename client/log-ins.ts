import { fieldsOf, hasTexts, isTokenResponse, readJson, type TokenResponse } from './answers.ts'
import type { LogInCalls } from './auth-client.ts'
import type { RunExclusive } from './mutex.ts'
import { type Platform, postRequest, send } from './request.ts'
import type { Store } from './store.ts'
import { type Tokens, tokensFrom } from './tokens.ts'
import type { CodeRequested, LoginOutcome, MfaRequired, SecondFactorInput } from './types.ts'

type Deps = {
  platform: Platform
  url: (path: string) => URL
  store: Store<Tokens>
  runExclusive: RunExclusive
}

/** Opens a session by a request whose answer has tokens, or asks for a second factor. */
export type LogIn = (path: string, body: object, init?: RequestInit) => Promise<LoginOutcome>

/** Keeps the tokens of a log-in for all tabs. Of one that lacks its second factor nothing is kept. */
export function createLogIn({ platform, url, store, runExclusive }: Deps): LogIn {
  async function logIn(path: string, body: object, init?: RequestInit): Promise<LoginOutcome> {
    const sentAt = platform.now()
    const request = postRequest(url(path), body, init)
    const answer = await readJson(send(platform, request), isLoginAnswer)
    if ('mfa_required' in answer) {
      const { mfa_token } = answer
      const verify = (factor: SecondFactorInput) => logIn(MFA, { ...factor, mfa_token })
      return { ...answer, password_breached: false, verify }
    }
    const tokens = tokensFrom(answer, sentAt, `${sentAt}.${Math.random()}`)
    await runExclusive(async () => store.write(tokens))
    return { mfa_required: false, password_breached: answer.password_breached === true }
  }
  return logIn
}

const MFA = 'auth/mfa/verify'

/** The calls that open a session. They send no access token, whoever is logged in. */
export function createLogInCalls({
  platform,
  url,
  logIn,
}: Pick<Deps, 'platform' | 'url'> & { logIn: LogIn }): LogInCalls {
  return {
    login: (input) => logIn('auth/login', input),
    verifyMfa: (input) => logIn(MFA, input),
    requestCode: (email, challenge) => {
      const request = postRequest(url('auth/code'), { ...challenge, email })
      return readJson(send(platform, request), isCodeRequested)
    },
    logInWithCode: (input) => logIn('auth/code/verify', input),
  }
}

function isLoginAnswer(value: unknown): value is TokenResponse | MfaRequired {
  return isTokenResponse(value) || isMfaRequired(value)
}

function isMfaRequired(value: unknown): value is MfaRequired {
  const { mfa_required: isRequired, methods } = fieldsOf(value)
  return isRequired === true && hasTexts(value, 'mfa_token') && Array.isArray(methods)
}

function isCodeRequested(value: unknown): value is CodeRequested {
  return hasTexts(value, 'code_token')
}
