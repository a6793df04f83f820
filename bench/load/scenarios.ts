import { addressOf } from '../support/addresses.ts'
import { PASSWORD, usernameOf } from '../support/seeding.ts'
import { type Answer, requestOf } from './connection.ts'

export type Scenario = 'me' | 'refresh' | 'login' | 'signup'
export type Session = { access: string; refresh: string; me?: string }

/** What one connection sends next, and how it checks the answer. A wrong answer throws. */
export type Script = { request: () => string; accept: (answer: Answer) => void }

/**
 * The first users hold the sessions of `me` and `refresh`. Only the others log in, so that no log-in ends a session in
 * use.
 */
export const HOLDERS = 64
export const BENCH_USERS = 5000
/** A prime step, so that the users come in mixed order, and all of them before any comes twice. */
const STRIDE = 7919
let turn = 0
let newcomers = 0

/** Returns the script of one connection in a scenario. */
export function scriptOf(scenario: Scenario, session: Session, users: number): Script {
  if (scenario === 'me') return me(session)
  if (scenario === 'refresh') return refresh(session)
  return scenario === 'login' ? { request: () => nextLogin(users), accept: tokensOf } : signup()
}

/** Returns a script that takes the next token for every request. All connections share the tokens. */
export function strewn(scenario: Scenario, tokens: string[]): Script {
  const [method, path] = scenario === 'me' ? ['GET', '/auth/me'] : ['POST', '/auth/refresh']
  return {
    request: () => requestOf(method, path, tokens.pop() ?? ''),
    accept: scenario === 'me' ? userOf : tokensOf,
  }
}

/** Returns the request of a log-in, from the user's own address. */
export function loginOf(user: number): string {
  const body = { username_or_email: usernameOf(user), password: PASSWORD }
  return requestOf('POST', '/auth/login', '', { body, from: addressOf('user', user) })
}

/** Returns the session in the answer to a log-in or a refresh. Throws for any other answer. */
export function tokensOf({ status, body }: Answer): Session {
  if (status !== 200) throw new Error(`status ${status}: ${body.slice(0, 200)}`)
  const { access_token: access, refresh_token: refresh, token_type, expires_in } = JSON.parse(body)
  const isWhole = /^\S+\.\S+\.\S+$/.test(access) && /^\S+\.\S+\.\S+$/.test(refresh)
  if (!isWhole || access === refresh || token_type !== 'bearer' || !(expires_in > 0)) {
    throw new Error('the answer is no pair of tokens')
  }
  return { access, refresh }
}

function nextLogin(users: number): string {
  turn += STRIDE
  return loginOf(HOLDERS + 1 + (turn % (users - HOLDERS)))
}

/** What the floors leave out, which have no such tables. */
const PROFILE = new Set([
  ...['display_name', 'locale', 'avatar_url', 'user_data', 'app_data', 'roles', 'permissions'],
])

function userOf({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`status ${status}: ${body.slice(0, 200)}`)
  const { id, username, email, email_verified, created_at, ...others } = JSON.parse(body)
  const isUser =
    [id, username, email, created_at].every((value) => typeof value === 'string') &&
    typeof email_verified === 'boolean'
  if (!isUser || Object.keys(others).some((name) => !PROFILE.has(name)))
    throw new Error('the answer is no user')
}

function me(session: Session): Script {
  const request = requestOf('GET', '/auth/me', session.access)
  return {
    request: () => request,
    accept(answer) {
      if (answer.status === 200 && answer.body === session.me) return
      userOf(answer)
      session.me = answer.body
    },
  }
}

function refresh(session: Session): Script {
  return {
    request: () => requestOf('POST', '/auth/refresh', session.refresh),
    accept(answer) {
      const successor = tokensOf(answer)
      if (successor.refresh === session.refresh) throw new Error('the refresh token is an old one')
      session.refresh = successor.refresh
    },
  }
}

function signup(): Script {
  const run = `n${process.pid.toString(36)}t${Date.now().toString(36)}`
  return {
    request() {
      const username = `${run}x${++newcomers}`
      const body = { username, email: `${username}@example.org`, password: PASSWORD }
      const from = addressOf('newcomer', newcomers)
      return requestOf('POST', '/auth/signup', '', { body, from })
    },
    accept({ status, body }) {
      if (status !== 201) throw new Error(`status ${status}: ${body.slice(0, 200)}`)
      if (typeof JSON.parse(body).id !== 'string') throw new Error('the answer is no user')
    },
  }
}
