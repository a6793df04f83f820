import { describe, expect, it } from 'vitest'
import { createCloudflareMailer, type EmailBinding } from '../../src/adapters/mailer-cloudflare.ts'
import { nodeMailer } from '../../src/adapters/mailer-node.ts'
import { workerMailer } from '../../src/adapters/mailer-worker.ts'
import { parseConfig } from '../../src/config/index.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { SECRET } from '../support/app.ts'
import { FROM, failureOf, someMail } from '../support/mailer.ts'

type Sent = Parameters<EmailBinding['send']>[0]

/** Stands for Cloudflare's side of the binding, which exists nowhere else. */
function binding(answer: () => Promise<unknown> = async () => ({ messageId: 'x' })) {
  const sent: Sent[] = []
  const send = (message: Sent) => {
    sent.push(message)
    return answer()
  }
  return { sent, send }
}
const failing = (error: unknown) => binding(() => Promise.reject(error))

describe('a mail by Cloudflare’s binding', () => {
  it('has what its API knows, and no more', async () => {
    const [email, mail] = [binding(), someMail()]
    await createCloudflareMailer({ binding: email, from: FROM }).send(mail)
    const { id, ...content } = mail
    expect(email.sent).toEqual([
      {
        ...content,
        from: { email: 'no-reply@example.org', name: 'Example App' },
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Entity-Ref-ID': id },
      },
    ])
  })

  it('is from an address alone where there is no name', async () => {
    const email = binding()
    const from = { address: FROM.address }
    await createCloudflareMailer({ binding: email, from }).send(someMail({ subject: 'a\r\nb' }))
    expect(email.sent).toMatchObject([{ from: FROM.address, subject: 'a b' }])
  })

  it('is not sent to more than one', async () => {
    const email = binding()
    const mailer = createCloudflareMailer({ binding: email, from: FROM })
    const { code } = await failureOf(
      mailer.send(someMail({ to: 'ada@example.org,eve@example.org' })),
    )
    expect([code, email.sent]).toEqual(['RECIPIENT_INVALID', []])
  })

  it.each<[unknown, string, number | undefined]>([
    [
      { code: 'E_INTERNAL_SERVER_ERROR', message: 'for ada@example.org' },
      'E_INTERNAL_SERVER_ERROR',
      undefined,
    ],
    [{ code: 'E_RATE_LIMIT_EXCEEDED' }, 'E_RATE_LIMIT_EXCEEDED', 60],
    [{ code: 'E_DAILY_LIMIT_EXCEEDED' }, 'E_DAILY_LIMIT_EXCEEDED', 3600],
    [{ code: 'for ada@example.org' }, 'REFUSED', undefined],
    [new Error('ada@example.org is not verified'), 'REFUSED', undefined],
    [undefined, 'REFUSED', undefined],
  ])('that fails by %o is %s', async (error, code, seconds) => {
    const mailer = createCloudflareMailer({ binding: failing(error), from: FROM })
    const failure = await failureOf(mailer.send(someMail()))
    expect([failure.code, failure.retryAfterSeconds]).toEqual([code, seconds])
  })

  it('that throws at once fails as well', async () => {
    const email = {
      send: () => {
        throw new Error('ada@example.org')
      },
    }
    const mailer = createCloudflareMailer({ binding: email, from: FROM })
    expect((await failureOf(mailer.send(someMail()))).code).toBe('REFUSED')
  })

  it('is given up when nothing answers', async () => {
    const email = binding(() => new Promise(() => {}))
    const mailer = createCloudflareMailer({ binding: email, from: FROM, deadlineMilliseconds: 50 })
    expect((await failureOf(mailer.send(someMail()))).code).toBe('TIMEOUT')
  })
})

describe('the choice of a mailer', () => {
  const settings = (variables: Record<string, string>) =>
    parseConfig({
      ...{ JWT_SECRET_KEY: SECRET, MAIL_FROM: 'no-reply@example.org' },
      ...{ PUBLIC_URL: 'http://localhost:8000', ...variables },
    }).mail
  const http = settings({ MAIL_API_KEY: 're_a-key-of-this-file' })
  const smtp = settings({ SMTP_URL: 'smtp://localhost:1025' })
  const cloudflare = settings({ MAIL_PROVIDER: 'cloudflare' })
  const refused = (choose: () => unknown) => {
    expect(choose).toThrow(ConfigError)
    return choose
  }

  it('is one that sends, on either runtime', () => {
    const sending = { keepsMails: false, send: expect.any(Function) }
    expect(nodeMailer(http)).toEqual(sending)
    expect(nodeMailer(smtp)).toEqual(sending)
    expect(workerMailer(http, {})).toEqual(sending)
    expect(workerMailer(cloudflare, { EMAIL: binding() })).toEqual(sending)
  })

  it('is none without a provider, and the mailbox where mails are kept', async () => {
    const mailbox = settings({ MAIL_PROVIDER: 'mailbox' })
    for (const mailer of [nodeMailer(mailbox), workerMailer(mailbox, {})]) {
      expect(mailer?.keepsMails).toBe(true)
      await mailer?.send(someMail())
    }
    expect(nodeMailer(settings({}))).toBeUndefined()
    expect(workerMailer(settings({}), { EMAIL: binding() })).toBeUndefined()
  })

  it('says what the runtime cannot do', () => {
    expect(refused(() => nodeMailer(cloudflare))).toThrow(/MAIL_PROVIDER: .*Node/)
    expect(refused(() => workerMailer(smtp, {}))).toThrow(/MAIL_PROVIDER: .*smtp on Workers/)
    for (const EMAIL of [undefined, 'EMAIL', {}, { fetch: () => {} }]) {
      expect(refused(() => workerMailer(cloudflare, { EMAIL }))).toThrow(/EMAIL: is no send_email/)
    }
  })
})
