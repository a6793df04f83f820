import { type Context, Hono } from 'hono'
import { prefersHtml } from '../../../http/accept.ts'
import type { AppEnv } from '../../../http/context.ts'
import { replyPage } from '../../../http/page.ts'
import { notFound } from '../../../http/problem.ts'
import { respond } from '../../../http/respond.ts'
import { isFromHere } from '../../../middleware/fetch-metadata.ts'
import { loopbackOnly } from '../../../middleware/loopback-only.ts'
import { emptyMailbox, listMails, showMail } from './service.ts'

const LIST = '/dev/mail'
const ONE = '/dev/mail/:id'

/**
 * The mailbox of development. It shows links that let anybody into an account, so it exists for this machine alone. To
 * everybody else it is an unknown path.
 */
export const mailboxRouter = new Hono<AppEnv>()
  .use(LIST, loopbackOnly)
  .use(`${LIST}/*`, loopbackOnly)
  .get(LIST, async (c) => {
    const to = addressOf(c)
    const mails = await listMails(c.get('deps'), to)
    const vary = { vary: 'Accept, Origin' }
    if (prefersHtml(c.req.header('accept'))) {
      const { listPage } = await import('./page.ts')
      return replyPage(c, listPage(settingOf(c), mails, to), 200, vary)
    }
    const list = mails.map(({ id, to, subject, text, html, links, sentAt }) => ({
      ...{ id, to, subject, text, html, links },
      sent_at: sentAt.toISOString(),
    }))
    return respond(c, JSON.stringify({ mails: list }), 200, {
      ...vary,
      'content-type': 'application/json; charset=utf-8',
    })
  })
  .get(ONE, async (c) => {
    const mail = await showMail(c.get('deps'), c.req.param('id'))
    const { mailPage } = await import('./page.ts')
    return replyPage(c, mailPage(settingOf(c), mail))
  })
  .get(`${ONE}/html`, async (c) => {
    const mail = await showMail(c.get('deps'), c.req.param('id'))
    const { FRAME_POLICY, framed } = await import('./page.ts')
    return respond(c, framed(mail), 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': FRAME_POLICY,
      'x-frame-options': 'SAMEORIGIN',
    })
  })
  .delete(LIST, async (c) => {
    if (!isFromHere(c)) return notFound(c)
    await emptyMailbox(c.get('deps'), addressOf(c))
    return respond(c, null, 204)
  })

const addressOf = (c: Context<AppEnv>) => c.req.query('to') || undefined

function settingOf(c: Context<AppEnv>) {
  const { projectName: project, mail } = c.get('deps').config
  const { name, address } = mail.from ?? { address: undefined }
  if (address === undefined) return { project, from: 'nobody, for MAIL_FROM is not set' }
  return { project, from: name === undefined ? address : `${name} <${address}>` }
}
