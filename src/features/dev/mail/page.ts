import { html } from 'hono/html'
import { contentPolicy } from '../../../http/content-policy.ts'
import type { Page } from '../../../http/page.ts'
import type { KeptMail } from './service.ts'

/** Who the mails are from, and where these pages belong. */
type Setting = { project: string; from: string }

/** Links open elsewhere, when a person follows them. There are no scripts, no forms and no origin. */
const SANDBOX =
  'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'

/**
 * What the HTML of a mail may do in its frame: nothing but open its links, when a person follows them, in place of the
 * page around it.
 */
export const FRAME_POLICY = contentPolicy({
  'style-src': "'unsafe-inline'",
  'img-src': 'data:',
  'frame-ancestors': "'self'",
  sandbox: SANDBOX,
})

/** The mails, the newest first. */
export function listPage({ project }: Setting, mails: readonly KeptMail[], to?: string): Page {
  const title = to === undefined ? 'Mails' : `Mails to ${to}`
  const body = html`<main>
      <h1>${title} <small>${project}</small></h1>
      <p>What the service would have sent. These mails stay in the database, and nobody else gets them.</p>
      <nav><a href="">Reload</a>${to !== undefined && html`<a href="mail">All mails</a>`}</nav>
      ${mails.length > 0 ? html`<ul>${mails.map(listed)}</ul>` : NO_MAILS}
    </main>`
  return { language: 'en', title: `${title} – ${project}`, body }
}

const NO_MAILS = html`<div class="card">
        <h2>No mail yet</h2>
        <p>Sign up by <code>POST /auth/signup</code>, or ask for a new password by <code>POST /auth/password/forgot</code>:
          the mail is here a moment later.</p>
      </div>`

const listed = ({ id, to, subject, sentAt }: KeptMail) =>
  html`<li><a href="mail/${id}">${subject}</a><span>to ${to}, ${moment(sentAt)}</span></li>`

const moment = (at: Date) =>
  html`<time datetime="${at.toISOString()}">${at.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>`

/** A mail: its head, its HTML in a frame, its text and its links. */
export function mailPage({ project, from }: Setting, mail: KeptMail): Page {
  const { id, subject, to, sentAt, links, text } = mail
  const body = html`<main>
      <h1>${subject}</h1>
      <dl>
        <dt>From</dt><dd>${from}</dd>
        <dt>To</dt><dd>${to}</dd>
        <dt>Sent</dt><dd>${moment(sentAt)}</dd>
        ${links.map((link) => html`<dt>Link</dt><dd><a href="${link}">${link}</a></dd>`)}
      </dl>
      <nav><a href="../mail">All mails</a></nav>
      <h2>HTML</h2>
      <iframe src="${id}/html" title="The mail as HTML"
        sandbox="${SANDBOX}"></iframe>
      <h2>Text</h2>
      <pre>${text}</pre>
    </main>`
  return {
    language: 'en',
    title: `${subject} – ${project}`,
    body,
    sources: { 'frame-src': "'self'" },
  }
}

/** The HTML of a mail for its frame. Its links open in place of the page around it. */
export function framed({ html: mail }: KeptMail): string {
  return mail.replace(/<head[^>]*>/, (head) => `${head}<base target="_top">`)
}
