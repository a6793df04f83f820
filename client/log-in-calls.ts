import { fieldsOf, hasTexts, type Is, isUser, readJson } from './answers.ts'
import type { LogInCalls } from './auth-client.ts'
import { createLogIn, MFA_PATH } from './log-in.ts'
import type { Mode } from './mode.ts'
import { postRequest } from './posts.ts'
import { type Platform, send } from './request.ts'
import type { CodeRequested, SignupPending, User } from './types.ts'

type Deps = { platform: Platform; url: (path: string) => URL; mode: Mode }

/** The calls around log-ins. They send no access token, whoever is logged in. */
export function createLogInCalls({ platform, url, mode }: Deps): LogInCalls {
  const logIn = createLogIn({ url, mode })
  const post = (path: string, body: object) => send(platform, postRequest(url(path), body))
  return {
    signup: (input) => readJson(post('auth/signup', input), isSignupAnswer),
    login: (input) => logIn('auth/login', input),
    verifyMfa: (input) => logIn(MFA_PATH, input),
    requestCode: (email, challenge) =>
      readJson(post('auth/code', { ...challenge, email }), isCodeRequested),
    logInWithCode: (input) => logIn('auth/code/verify', input),
  }
}

function isCodeRequested(value: unknown): value is CodeRequested {
  return hasTexts(value, 'code_token')
}

/** The user who was created, or word that a mail was sent. */
const isSignupAnswer: Is<User | SignupPending> = (value): value is User | SignupPending =>
  isUser(value) || fieldsOf(value).verification_required === true
