import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { freePort } from './ports.ts'

/**
 * Two real servers that take mails, for tests of outages. Each begins by accepting, and is made to behave otherwise while it
 * runs: `await server.behave('refuse')`. Its port stays the same. `close()` at the end.
 */

/** A connection is refused by the system, or kept without an answer; or a mail is taken and its answer never sent. */
type Outage = 'accept' | 'refuse' | 'hang' | 'cut'

/** A number is the server's reply: 421 at the greeting, any other to the recipient. */
export type SmtpBehaviour = Outage | number

/** A mail that the server has accepted, whatever its client was told. */
export type ReceivedMail = {
  from: string
  to: string[]
  message: Email
  raw: string
  /** True if it came over TLS. */
  isEncrypted: boolean
  user: string | undefined
}

type SmtpServerOptions = {
  /** Offers STARTTLS with it, or begins with TLS (`tlsFromStart`). */
  certificate?: { key: string; cert: string }
  tlsFromStart?: boolean
  login?: { user: string; password: string }
}

/** An SMTP server on 127.0.0.1, by the package smtp-server. */
export async function startSmtpServer({
  certificate,
  tlsFromStart = false,
  login,
}: SmtpServerOptions = {}) {
  let behaviour: SmtpBehaviour = 'accept'
  let [attempts, logins] = [0, 0]
  const mails: ReceivedMail[] = []
  const sockets = new Map<number | undefined, Socket>()
  const refusal = (code: number) => Object.assign(new Error('Not now'), { responseCode: code })

  const options: SMTPServerOptions = {
    ...(certificate ?? { disabledCommands: ['STARTTLS'] }),
    secure: tlsFromStart,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, done) => done(behaviour === 421 ? refusal(421) : null),
    onAuth: ({ username, password }, _session, done) => {
      logins++
      const isRight = username === login?.user && password === login?.password
      done(isRight ? null : refusal(535), { user: username })
    },
    onRcptTo: (_address, _session, done) =>
      done(typeof behaviour === 'number' ? refusal(behaviour) : null),
    onData: async (stream, { envelope, secure, user, remotePort }, done) => {
      const raw = await text(stream).catch(() => undefined)
      // The client left before the end, so that there is no mail.
      if (raw === undefined) return
      mails.push({
        from: envelope.mailFrom ? envelope.mailFrom.address : '',
        to: envelope.rcptTo.map(({ address }) => address),
        message: await PostalMime.parse(raw),
        raw,
        isEncrypted: secure,
        user,
      })
      if (behaviour === 'cut') sockets.get(remotePort)?.destroy()
      else done()
    },
  }
  const smtp = new SMTPServer(options)
  smtp.on('error', () => {
    // Connections that break are what is tested.
  })
  const front = createTcpServer((socket) => {
    attempts++
    const { remotePort } = socket
    sockets.set(remotePort, socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(remotePort))
    if (behaviour !== 'hang') smtp.server.emit('connection', socket)
  })
  const port = await freePort()
  const door = doorOf(front, port, () => {
    for (const socket of sockets.values()) socket.destroy()
  })
  await door.open()
  const account = login
    ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`
    : ''
  return {
    port,
    /** For SMTP_URL. */
    url: `${tlsFromStart ? 'smtps' : 'smtp'}://${account}localhost:${port}`,
    /** All that it accepted, in order. */
    mails,
    /** What people see: one mail of those with the same Message-ID, as most mailboxes show them. */
    inbox: () => [...new Map(mails.map((mail) => [mail.message.messageId, mail])).values()],
    /** How many connections were made to it, and how many times it was told a password. */
    attempts: () => attempts,
    logins: () => logins,
    behave: async (next: SmtpBehaviour) => {
      behaviour = next
      await (next === 'refuse' ? door.close() : door.open())
    },
    close: () => door.close(),
  }
}

/** A mail as a client gave it to the API. */
export type PostedMail = {
  id: string
  idempotencyKey: string
  from: string
  to: string[]
  subject: string
  html: string
  text: string
  headers: Record<string, string>
}

/** A function answers by itself; `answers` has some. */
export type ApiBehaviour = Outage | RequestListener

/** Answers of an API, or of what stands in front of it, that takes no mails. */
export const answers = {
  status:
    (status: number, headers: Record<string, string> = {}): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify({ statusCode: status, name: 'application_error' }))
    },
  /** The page of a proxy that wants somebody to log in. */
  html: ((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>Log in</title>')
  }) satisfies RequestListener,
}

const KEY = 're_a-key-of-the-tests-0123456789'

/** An HTTP API of Resend's shape on 127.0.0.1, which honours Idempotency-Key. */
export async function startMailApi() {
  let behaviour: ApiBehaviour = 'accept'
  let attempts = 0
  const mails: PostedMail[] = []
  const taken = new Map<string, { body: string; id: string }>()

  const accept: RequestListener = async (request, response) => {
    const { authorization, 'idempotency-key': key } = request.headers
    const body = await text(request)
    const answer = (status: number, content: object) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(content))
    }
    if (request.method !== 'POST' || request.url !== '/emails') return answer(404, {})
    if (authorization !== `Bearer ${KEY}`) return answer(401, { name: 'restricted_api_key' })
    if (typeof key !== 'string') return answer(400, { name: 'missing_idempotency_key' })
    const before = taken.get(key)
    if (before && before.body !== body) return answer(409, { name: 'invalid_idempotent_request' })
    const id = before?.id ?? crypto.randomUUID()
    taken.set(key, { body, id })
    if (!before) mails.push({ ...JSON.parse(body), id, idempotencyKey: key })
    if (behaviour === 'cut') request.socket.destroy()
    else answer(200, { id })
  }
  const server = createHttpServer((request, response) => {
    attempts++
    if (typeof behaviour === 'function') behaviour(request, response)
    else if (behaviour !== 'hang') accept(request, response)
  })
  const port = await freePort()
  const door = doorOf(server, port, () => server.closeAllConnections())
  await door.open()
  return {
    port,
    /** For MAIL_API_URL and MAIL_API_KEY. */
    url: `http://localhost:${port}`,
    key: KEY,
    /** The mails that it took, each once however often it was sent. */
    mails,
    /** How many requests it got. */
    attempts: () => attempts,
    behave: async (next: ApiBehaviour) => {
      behaviour = next
      await (next === 'refuse' ? door.close() : door.open())
    },
    close: () => door.close(),
  }
}

/** Opens and closes a server at the same port. Closed, the system refuses connections to it. */
function doorOf(server: Server, port: number, hangUp: () => void) {
  return {
    async open() {
      if (server.listening) return
      await once(server.listen(port, '127.0.0.1'), 'listening')
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      hangUp()
      await closed
    },
  }
}
