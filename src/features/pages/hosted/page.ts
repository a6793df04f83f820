import type { Context } from 'hono'
import { PROBLEMS } from '../../../errors.ts'
import type { AppEnv } from '../../../http/context.ts'
import { problemHeaders, refusalOf } from '../../../http/problem.ts'
import { respond } from '../../../http/respond.ts'
import { activityPage } from '../account/activity.tsx'
import { confirmPage } from '../account/confirm.tsx'
import { deletionPage } from '../account/deletion.tsx'
import { emailPage } from '../account/email.tsx'
import { newPasskeyPage } from '../account/new-passkey.tsx'
import { accountPage } from '../account/overview.tsx'
import { passkeyPage } from '../account/passkey.tsx'
import { passwordPage } from '../account/password.tsx'
import { securityPage } from '../account/security.tsx'
import { sessionsPage } from '../account/sessions.tsx'
import { totpPage } from '../account/totp.tsx'
import { codePage } from '../entry/code.tsx'
import { forgotPage } from '../entry/forgot.tsx'
import { loginPage } from '../entry/login.tsx'
import { logoutPage } from '../entry/logout.tsx'
import { mfaPage } from '../entry/mfa.tsx'
import { providerPage } from '../entry/provider.tsx'
import { signupPage } from '../entry/signup.tsx'
import { verifyAgainPage } from '../entry/verify-again.tsx'
import {
  type Answer,
  type HostedPage,
  type Resumed,
  refusalOf as refusalOfApi,
} from '../kit/define-page.ts'
import { ForeignForm } from '../kit/own-form.ts'
import type { Api, HostedPath } from '../kit/paths.ts'
import { replyView } from '../kit/reply-view.ts'
import { enrolFirst, loginFirst, reloadFirst } from '../kit/session.tsx'
import { troubleView } from '../kit/trouble.tsx'
import { ProofWanted, Refused, type Visit, visitOf } from '../kit/visit.ts'

/** What each path shows. */
const PAGES: Record<HostedPath, HostedPage> = {
  '/login': loginPage,
  '/login/code': codePage,
  '/login/provider': providerPage,
  '/mfa': mfaPage,
  '/signup': signupPage,
  '/verify-email/again': verifyAgainPage,
  '/forgot-password': forgotPage,
  '/logout': logoutPage,
  '/account': accountPage,
  '/account/email': emailPage,
  '/account/delete': deletionPage,
  '/account/security': securityPage,
  '/account/password': passwordPage,
  '/account/totp': totpPage,
  '/account/passkey': passkeyPage,
  '/account/passkey/new': newPasskeyPage,
  '/account/sessions': sessionsPage,
  '/account/activity': activityPage,
  '/account/confirm': confirmPage,
}

/** Answers a request for one of the pages, whatever comes of it. */
export async function servePage(c: Context<AppEnv>, path: HostedPath, api: Api): Promise<Response> {
  let visit: Visit | undefined
  let answer: Answer
  try {
    visit = await visitOf(c, path, api)
    answer = await answerOf(visit)
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    answer = answerTo(thrown, c, path, visit)
  }
  const response =
    'goTo' in answer ? respond(c, null, 303, { location: answer.goTo }) : await replyView(c, answer)
  for (const cookie of visit?.setCookies ?? []) response.headers.append('set-cookie', cookie)
  return response
}

/** What a page answers; or the one that asks for a fresh proof, or to which that leads back. */
async function answerOf(visit: Visit): Promise<Answer> {
  let answer: Answer | Resumed
  try {
    answer = await PAGES[visit.path](visit)
  } catch (thrown) {
    const resume = resumeAfterProof(thrown, visit)
    if (!resume) throw thrown
    const values = { back: visit.path, resume: new URLSearchParams(resume).toString() }
    const asked = await answerOf({ ...visit, path: '/account/confirm', values, isSent: false })
    return 'view' in asked ? { ...asked, status: 401 } : asked
  }
  if (!('resume' in answer)) return answer
  const { path, values } = answer.resume
  return answerOf({ ...visit, path, values, isSent: values.form !== undefined })
}

/** What is to be done after a fresh proof, if one is wanted. */
function resumeAfterProof(thrown: unknown, { isSent, query }: Visit) {
  if (thrown instanceof ProofWanted) return thrown.resume
  const isWanted = thrown instanceof Refused && thrown.answer.problem.code === 'step_up_required'
  if (!isWanted) return undefined
  if (isSent) return {}
  // What stands in an address is no form that anybody sent.
  const { form: _, ...opened } = query
  return opened
}

/** Says what went wrong, or leads to the log-in who needs one. */
function answerTo(
  thrown: Error,
  c: Context<AppEnv>,
  path: HostedPath,
  visit: Visit | undefined,
): Answer {
  if (thrown instanceof ForeignForm)
    return { view: troubleView(c, path, 'foreign_form'), status: 403 }
  if (thrown instanceof Refused && visit) {
    const { problem } = thrown.answer
    if (LOG_IN_FIRST.has(problem.code)) return reloadFirst(visit) ?? loginFirst(visit)
    if (problem.code === 'mfa_enrollment_required') return enrolFirst(visit)
    return { view: troubleView(c, path, problem.code), ...refusalOfApi(thrown.answer) }
  }
  const error = refusalOf(thrown, c)
  const isWrongAddress = error.code === 'validation_failed'
  const status = isWrongAddress ? 400 : PROBLEMS[error.code].status
  const word = isWrongAddress ? 'wrong_address' : error.code
  return { view: troubleView(c, path, word), status, headers: problemHeaders(error) }
}

const LOG_IN_FIRST: ReadonlySet<string> = new Set([
  'token_missing',
  'token_invalid',
  'token_expired',
])
