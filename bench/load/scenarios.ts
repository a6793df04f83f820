import { PASSWORD, usernameOf } from '../support/seeding.ts'
import { type Answer, requestOf } from './connection.ts'

export type Scenario = 'me' | 'refresh' | 'login' | 'signup'
export type Session = { access: string; refresh: string; me?: string }

/** What one connection sends next, and what it makes of the answer; a wrong answer throws. */
export type Script = { request: () => string; accept: (answer: Answer) => void }

/** The first users hold the sessions of `me` and `refresh`; the others log in, so that no log-in ends a session in use. */
export const HOLDERS = 64
export const BENCH_USERS = 5000
/** A prime, so that the users come in no order and none comes twice before all have come. */
const STRIDE = 7919
let turn = 0
let newcomers = 0

/** One connection's part in a scenario. */
export function scriptOf(scenario: Scenario, session: Session, users: number): Script {
  if (scenario === 'me') return me(session)
  if (scenario === 'refresh') return refresh(session)
  return scenario === 'login' ? { request: () => nextLogin(users), accept: tokensOf } : signup()
}

/** Takes the next of the tokens for every request, whichever connection asks. */
export function strewn(scenario: Scenario, tokens: string[]): Script {
  const [method, path] = scenario === 'me' ? ['GET', '/auth/me'] : ['POST', '/auth/refresh']
  return {
    request: () => requestOf(method, path, tokens.pop() ?? ''),
    accept: scenario === 'me' ? userOf : tokensOf,
  }
}

/** The first log-in of a holder. */
export function loginOf(user: number): string {
  const body = { username_or_email: usernameOf(user), password: PASSWORD }
  return requestOf('POST', '/auth/login', '', body)
}

/** The session that a log-in or a refresh opened. */
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

function userOf({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`status ${status}: ${body.slice(0, 200)}`)
  const { id, username, email, created_at, ...rest } = JSON.parse(body)
  const isUser = [id, username, email, created_at].every((value) => typeof value === 'string')
  if (!isUser || Object.keys(rest).length > 0) throw new Error('the answer is no user')
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
      return requestOf('POST', '/auth/signup', '', body)
    },
    accept({ status, body }) {
      if (status !== 201) throw new Error(`status ${status}: ${body.slice(0, 200)}`)
      if (typeof JSON.parse(body).id !== 'string') throw new Error('the answer is no user')
    },
  }
}
