import type { z } from '@hono/zod-openapi'
import { zValidator } from '@hono/zod-validator'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { confirmEmail } from '../../../core/accounts/confirm-email.ts'
import { resetPassword } from '../../../core/accounts/reset-password.ts'
import { undoEmailChange } from '../../../core/accounts/undo-email-change.ts'
import { verifyEmail } from '../../../core/accounts/verify-email.ts'
import type { LinkPurpose } from '../../../core/one-time-tokens/purposes.ts'
import { AppError, PROBLEMS, type ProblemCode } from '../../../errors.ts'
import type { AppEnv } from '../../../http/context.ts'
import { type Page, replyPage } from '../../../http/page.ts'
import { problemHeaders, refusalOf } from '../../../http/problem.ts'
import { validationFailed } from '../../../http/validation.ts'
import { isFromHere } from '../../../middleware/fetch-metadata.ts'
import { formBody } from '../../../middleware/form-body.ts'
import { languageOf, requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import type { ProblemWord, Setting } from './page.ts'
import { isToken, LinkForm, NewPasswordForm } from './schemas.ts'

/** `token` is that of a form whose other fields may be wrong. */
type LinkEnv = AppEnv & { Variables: { token?: string } }
type LinkContext = Context<LinkEnv>

type LinkPage<Form extends z.ZodType> = {
  path: string
  purpose: LinkPurpose
  form: Form
  /** What the button does. */
  use: (c: LinkContext, values: z.output<Form>) => Promise<void>
}

/** Loaded with the first page, so that no start pays for their words. */
const pages = () => import('./page.ts')

/** What a page says of a problem. Of any other it says that the form could not be read. */
const PROBLEM_WORDS: Partial<Record<ProblemCode, ProblemWord>> = {
  one_time_token_invalid: 'link',
  already_taken: 'taken',
  too_many_requests: 'limited',
  overloaded: 'unavailable',
  service_unavailable: 'unavailable',
  internal_error: 'failed',
  mail_not_configured: 'failed',
}

/** Serves a link's page. To open it changes nothing, for mail scanners open links too; its button does. */
function linkPage<Form extends z.ZodType>({ path, purpose, form, use }: LinkPage<Form>) {
  const validated = zValidator('form', form, (result, c: Context) => {
    const { token } = result.data as { token?: unknown }
    if (!isToken(token)) throw new AppError('one_time_token_invalid')
    c.set('token', token)
    if (!result.success) throw validationFailed(result.error.issues)
  })
  return new Hono<LinkEnv>()
    .onError((thrown, c) => answerProblem(c, purpose, refusalOf(thrown, c)))
    .get(path, async (c) => {
      const token = c.req.query('token')
      if (!isToken(token)) throw new AppError('one_time_token_invalid')
      const { formPage } = await pages()
      return answer(c, formPage(settingOf(c), { purpose, token }))
    })
    .post(
      path,
      sameOriginOnly(purpose),
      limited.middleware,
      formBody.middleware,
      validated,
      async (c) => {
        await use(c, c.req.valid('form') as z.output<Form>)
        const { donePage } = await pages()
        return answer(c, donePage(settingOf(c), purpose))
      },
    )
}

function sameOriginOnly(purpose: LinkPurpose): MiddlewareHandler<LinkEnv> {
  return async (c, next) => {
    if (isFromHere(c)) return next()
    const { problemPage } = await pages()
    return answer(c, problemPage(settingOf(c), purpose, 'elsewhere'), 403)
  }
}

/** Shows the form again where that helps, with what it held but the password. */
async function answerProblem(c: LinkContext, purpose: LinkPurpose, error: AppError) {
  const { formPage, problemPage } = await pages()
  const { code, options } = error
  const problem = PROBLEM_WORDS[code]
  const token = c.get('token')
  const isAskedAgain = PROBLEMS[code].retryAfterSeconds || code === 'validation_failed'
  const page =
    token !== undefined && isAskedAgain
      ? formPage(settingOf(c), { purpose, token, refused: options.errors?.[0]?.code, problem })
      : problemPage(settingOf(c), purpose, problem ?? 'unreadable')
  return answer(c, page, PROBLEMS[code].status, problemHeaders(error))
}

function answer(c: LinkContext, page: Page, status = 200, headers: Record<string, string> = {}) {
  const { language } = page
  const vary = 'Accept-Language, Origin'
  return replyPage(c, page, status, { ...headers, 'content-language': language, vary })
}

function settingOf(c: LinkContext): Setting {
  const { projectName: project, links, pages, passwords } = c.get('deps').config
  return {
    language: languageOf(c),
    project,
    logoUrl: pages.logoUrl,
    appUrl: links.appBaseUrl,
    hasLogin: pages.isOn,
    minCharacters: passwords.minCharacters,
  }
}

const LINK_PAGES = [
  linkPage({
    path: '/verify-email',
    purpose: 'verify_email',
    form: LinkForm,
    use: (c, { token }) => verifyEmail(c.get('deps'), token),
  }),
  linkPage({
    path: '/reset-password',
    purpose: 'reset_password',
    form: NewPasswordForm,
    use: (c, { token, new_password: password }) =>
      resetPassword(c.get('deps'), { token, password }, requesterOf(c), c.req.raw.signal),
  }),
  linkPage({
    path: '/confirm-email',
    purpose: 'confirm_email',
    form: LinkForm,
    use: (c, { token }) => confirmEmail(c.get('deps'), token, requesterOf(c)),
  }),
  linkPage({
    path: '/undo-email-change',
    purpose: 'undo_email_change',
    form: LinkForm,
    use: (c, { token }) => undoEmailChange(c.get('deps'), token, requesterOf(c)),
  }),
]

/** The pages that links in mails open. They need no script. */
export const linkPagesRouter = new Hono<AppEnv>()
for (const page of LINK_PAGES) linkPagesRouter.route('/', page)
