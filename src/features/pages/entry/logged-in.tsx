import type { Answer } from '../kit/define-page.ts'
import { untouched } from '../kit/form-state.ts'
import { arrive } from '../kit/session.tsx'
import type { Visit } from '../kit/visit.ts'
import { isMfaAsked, type MfaAsked, mfaView } from './mfa-view.tsx'

/** What a log-in answers: that a session is open, or that a second factor is needed. */
export type LoginBody = MfaAsked | { access_token: string; password_breached?: true }

/** Goes on after a log-in: to the second factor, or to where the person wanted to go. */
export async function loggedIn(visit: Visit, body: LoginBody): Promise<Answer> {
  if (isMfaAsked(body)) return { view: mfaView(visit, untouched(visit), body) }
  const { link_token: linkToken } = visit.carried
  if (linkToken !== undefined) {
    const linked = await visit.call({ path: '/auth/identities', body: { link_token: linkToken } })
    if (!linked.ok) return note(visit, 'notConnected')
  }
  return body.password_breached ? note(visit, 'breached') : arrive(visit)
}

/** Says something that a person should know, before it goes on. */
function note(visit: Visit, about: 'breached' | 'notConnected'): Answer {
  const { title, text, button } = visit.words.entry[about]
  const { returnTo } = visit
  const next = returnTo && 'url' in returnTo ? returnTo.url : visit.to(returnTo?.path ?? '/account')
  const content = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={next}>
          {button}
        </a>
      </p>
    </>
  )
  return { view: { title, content } }
}
