import { fieldsOf, hasTexts, type Is, readJson } from './answers.ts'
import type { SessionCalls } from './auth-client.ts'
import { readConfirmation } from './confirmations.ts'
import type { Mode } from './mode.ts'
import { jsonBody, postRequest } from './posts.ts'
import { serviceRequest } from './request.ts'
import type { ActivityPage, Session } from './types.ts'

type Deps = { url: (path: string) => URL; mode: Mode }

/** The calls around sessions and the account as a whole. What ends this session, too, logs out in all tabs. */
export function createSessionCalls({ url, mode }: Deps): SessionCalls {
  const post = (path: string, body: object) =>
    readConfirmation(mode.send(postRequest(url(path), body)))
  const remove = (path: string, init?: RequestInit) =>
    readConfirmation(mode.send(serviceRequest(url(path), { method: 'DELETE', ...init })))

  return {
    async logoutAll(input = {}) {
      const left = mode.loginId()
      await post('auth/logout-all', input)
      if (left && !input.keep_current) mode.forget(left)
    },
    async sessions() {
      const pending = mode.send(serviceRequest(url('auth/sessions')))
      return (await readJson(pending, isSessionList)).sessions
    },
    activity({ limit, cursor } = {}) {
      const target = url('auth/activity')
      if (limit !== undefined) target.searchParams.set('limit', String(limit))
      if (cursor !== undefined) target.searchParams.set('cursor', cursor)
      return readJson(mode.send(serviceRequest(target)), isActivityPage)
    },
    endSession: (id) => remove(`auth/sessions/${encodeURIComponent(id)}`),
    changePassword: (input) => post('auth/password', input),
    async deleteAccount(input) {
      const left = mode.loginId()
      await remove('auth/me', jsonBody(input))
      if (left) mode.forget(left)
    },
  }
}

const isSessionList: Is<{ sessions: Session[] }> = (value): value is { sessions: Session[] } => {
  const { sessions } = fieldsOf(value)
  return Array.isArray(sessions) && sessions.every((session) => hasTexts(session, 'id'))
}

const isActivityPage: Is<ActivityPage> = (value): value is ActivityPage => {
  const { events } = fieldsOf(value)
  return Array.isArray(events) && events.every((one) => hasTexts(one, 'id', 'event', 'at'))
}
