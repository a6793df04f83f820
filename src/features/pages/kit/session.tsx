import { sentSessionCookie } from '../../../middleware/session-cookie.ts'
import type { Answer } from './define-page.ts'
import type { Visit } from './visit.ts'

/** True if the browser sent the cookie of a session, whatever that is worth. */
export function hasSessionCookie({ c }: Visit): boolean {
  return sentSessionCookie(c) !== undefined
}

/** Marks the address of a page that has loaded itself once more. */
const MARK = 'again'

/**
 * A page that loads itself once more, for who comes from another site: a link there does not bring the session's cookie, and
 * this page's own does. Undefined for everybody else.
 */
export function reloadFirst(visit: Visit): Answer | undefined {
  const { c, words } = visit
  const isFromElsewhere = c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site'
  // Once alone: some browsers call what a page loads by itself another site's too.
  const isAgain = visit.query[MARK] !== undefined
  if (!isFromElsewhere || isAgain || hasSessionCookie(visit)) return undefined
  const { title, text, link } = words.common.oneMoment
  const here = `${visit.to(visit.path)}?${new URLSearchParams({ ...visit.query, [MARK]: '1' })}`
  const content = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={here}>
          {link}
        </a>
      </p>
    </>
  )
  return { view: { title, content }, headers: { refresh: `0; url=${here}` } }
}

/** Leads to the log-in, and back to this page afterwards. */
export function loginFirst({ path, to }: Visit): Answer {
  return { goTo: `${to('/login')}?${new URLSearchParams({ return_to: path })}` }
}

/** Leads to where a second factor is set up, without which this session can do nothing else. */
export function enrolFirst({ to }: Visit): Answer {
  return { goTo: `${to('/account/totp')}?done=needed` }
}

/** Where a person goes who has just logged in: to the page or the app that asked for it, else to the account. */
export function arrive(visit: Visit): Answer {
  const { returnTo, to } = visit
  if (returnTo && 'url' in returnTo) return leave(visit, returnTo.url, visit.words.common.toApp)
  return { goTo: to(returnTo?.path ?? '/account') }
}

/** A page that leads to another origin, by itself and by a link. No redirect after a form may do that. */
export function leave(visit: Visit, url: string, label: string): Answer {
  const { title, text } = visit.words.common.oneMoment
  const content = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={url}>
          {label.replace('{name}', () => visit.config.projectName)}
        </a>
      </p>
    </>
  )
  return { view: { title, content, leavesFor: url } }
}
