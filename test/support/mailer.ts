import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { type Mail, MailNotSent } from '../../src/core/outbox/mails.ts'

export const FROM = { name: 'Example App', address: 'no-reply@example.org' }
/** In every mail below. No failure may show one of them. */
const SECRETS = /ada@example|hunter2|re_a-key|secret-link/

/** A mail that nobody else in the run has. */
export function someMail(changes: Partial<Mail> = {}): Mail {
  return {
    id: randomUUID(),
    to: 'ada@example.org',
    subject: 'Verify your address',
    html: '<p>Hello <b>Ada</b></p><a href="https://app.example.org/#token=secret-link">Verify</a>',
    text: 'Hello Ada\n\nhttps://app.example.org/#token=secret-link\n',
    ...changes,
  }
}

/** The failure of a sending, which shows nothing but its code. */
export async function failureOf(sending: Promise<void>): Promise<MailNotSent> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MailNotSent)
  const failure = error as MailNotSent
  expect([failure.message, failure.cause]).toEqual([failure.code, undefined])
  expect(failure.code).toMatch(/^[A-Z][A-Z\d_]*$/)
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(SECRETS)
  return failure
}
