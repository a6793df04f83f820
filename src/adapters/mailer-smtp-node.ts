import { type Mail, type Mailer, MailNotSent } from '../core/outbox/mails.ts'
import { readSmtpUrl, type SmtpServer } from '../utils/smtp-url.ts'
import {
  HEADERS,
  headOf,
  type MailerOptions,
  required,
  SEND_DEADLINE_MILLISECONDS,
} from './mailer-parts.ts'

type Transport = Awaited<ReturnType<typeof transportTo>>

/** Codes of the client and of the system, such as ETLS or ECONNREFUSED. Messages may quote the recipient. */
const FAULT = /^E[A-Z\d_]{2,50}$/

/**
 * Sends each mail over a connection of its own. It is encrypted, with a certificate that is checked, unless the server is on
 * this machine. The mail's id is in its Message-ID, the same at every attempt.
 */
export function createSmtpMailer({
  url,
  from,
  deadlineMilliseconds = SEND_DEADLINE_MILLISECONDS,
}: MailerOptions & { url: string }): Mailer {
  const server = required(readSmtpUrl(url), 'SMTP_URL')
  let transport: Transport | undefined
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)

  async function deliver(mail: Mail, signal: AbortSignal): Promise<void> {
    const { id, to, subject } = headOf(mail)
    transport ??= await transportTo(server, deadlineMilliseconds)
    await transport.sendMail({
      from: { name: from.name ?? '', address: from.address },
      // As an object it is one address, whatever stands in it.
      to: { name: '', address: to },
      subject,
      text: mail.text,
      html: mail.html,
      messageId: `<${id}@${domain}>`,
      headers: HEADERS,
      xMailer: false,
      // Nothing in a mail names a file or a page to be read for it.
      disableFileAccess: true,
      disableUrlAccess: true,
      signal,
    })
  }

  return {
    keepsMails: false,
    async send(mail) {
      const signal = AbortSignal.timeout(deadlineMilliseconds)
      await deliver(mail, signal).catch((error: unknown) => {
        throw error instanceof MailNotSent ? error : new MailNotSent(faultOf(error, signal))
      })
    },
  }
}

/** The client is loaded by the first mail, for no start should wait for it. */
async function transportTo(server: SmtpServer, deadlineMilliseconds: number) {
  const { createTransport } = await import('nodemailer')
  const isInClear = !server.isTlsFromStart && server.isLoopback
  return createTransport({
    host: server.host,
    port: server.port,
    secure: server.isTlsFromStart,
    requireTLS: !server.isTlsFromStart && !server.isLoopback,
    // A server on this machine offers a certificate that nobody signed.
    ignoreTLS: isInClear,
    // Said here, it also holds where the environment says otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
    tls: { rejectUnauthorized: true },
    ...(server.login && { auth: { user: server.login.user, pass: server.login.password } }),
    dnsTimeout: deadlineMilliseconds,
    connectionTimeout: deadlineMilliseconds,
    greetingTimeout: deadlineMilliseconds,
    socketTimeout: deadlineMilliseconds,
    // A server that does not hang up is hung up on.
    socketCloseTimeout: 0,
    logger: false,
  })
}

function faultOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'TIMEOUT'
  const { responseCode, code } = Object(error)
  if (Number.isInteger(responseCode)) return `SMTP_${responseCode}`
  return typeof code === 'string' && FAULT.test(code) ? code : 'UNREACHABLE'
}
