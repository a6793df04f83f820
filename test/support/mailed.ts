import { PURPOSES, type Purpose } from '../../src/core/one-time-tokens/purposes.ts'
import { MAILS, type MailName } from '../../src/core/outbox/mails.ts'
import type { Person, TestApp } from './app.ts'
import { quoted } from './names.ts'

type Owner = Person & { id: string }

/** Signs somebody up to whom no mail is due, so that no other test sends one meanwhile. */
export async function signUpWithoutMail(t: TestApp): Promise<Owner> {
  const person = await t.signup()
  await t.column(
    `delete from edge_auth.outbox where recipient = ${quoted(person.email)} returning id::text`,
  )
  return person
}

/** Gives a user a pending one-time token, as a mail would have it in its link. */
export async function pendingToken(
  t: TestApp,
  { id: userId, email: own }: Owner,
  purpose: Purpose,
  email = own,
): Promise<{ id: string; token: string }> {
  const id = crypto.randomUUID()
  const values = [id, userId, purpose, email, email.toLowerCase()].map(quoted).join(', ')
  const seconds = PURPOSES[purpose].lifetimeSeconds
  const epoch = `(select session_epoch::text from edge_auth.users where id = ${quoted(userId)})`
  const slot = purpose === 'confirm_email' ? epoch : purpose === 'login_code' ? quoted(id) : "''"
  await t.column(`insert into edge_auth.one_time_tokens (id, user_id, purpose, email, email_key, expires_at, slot)
    values (${values}, now() + interval '${seconds} seconds', ${slot})
    on conflict (user_id, purpose, slot) do update set id = excluded.id,
      email = excluded.email, email_key = excluded.email_key returning id::text`)
  const { mint, mintAsked } = t.deps.oneTimeTokens
  const token = purpose === 'login_code' ? mintAsked(id) : mint(purpose, { id, userId })
  return { id, token: await token }
}

type Kept = { language?: string; data?: object; sentAt?: string | null }

/** Puts a mail into the mailbox of development, as if it had been sent, and gives its id and its token. */
export async function keptMail(
  t: TestApp,
  owner: Owner,
  name: MailName,
  { language = 'en', data = {}, sentAt = 'now()' }: Kept = {},
) {
  const purpose = MAILS[name]
  const pending = purpose ? await pendingToken(t, owner, purpose) : { id: null, token: null }
  const id = crypto.randomUUID()
  const words = [id, name, owner.email, language, owner.id].map(quoted)
  const json = quoted(JSON.stringify({ username: owner.username, ...data }))
  const tokenId = pending.id === null ? 'null' : quoted(pending.id)
  await t.column(`insert into edge_auth.outbox (id, mail, recipient, language, user_id, data, token_id, sent_at, due_at)
    values (${words.join(', ')}, ${json}, ${tokenId}, ${sentAt}, now() + interval '1 day') returning id::text`)
  return { id, token: pending.token }
}
