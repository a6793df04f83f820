import { and, eq, isNull, lte, notExists, sql } from 'drizzle-orm'
import { literal } from '../../../database/params.ts'
import { passkeys, spentTokens, users } from '../../../models/index.ts'
import { type Step, stateChange } from '../../audit/state-change.ts'
import type { CoreDeps } from '../../deps.ts'
import { noticeCounted } from '../../limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../limits/steps.ts'
import { triesOf } from '../../limits/tries.ts'
import { mailValues } from '../../outbox/enqueue.ts'
import { LANGUAGES, type Language } from '../../outbox/mails.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../outbox/steps.ts'
import { SPEND_PARAMS, spendValues, tokensSpent } from '../use-steps.ts'
import type { StoredPasskey, VerifiedAssertion } from './verify.ts'

const suspend = stateChange({
  name: 'suspend_passkey',
  params: {
    ...{ userId: 'uuid', passkeyId: 'uuid', passkeyCounter: 'text', ip: 'text?' },
    ...SPEND_PARAMS,
    ...MAIL_PARAMS,
    ...LIMIT_PARAMS,
  },
  change(db, p) {
    // An assertion that is sent twice is no copy's: it is refused, and that is all.
    const { spent, isSpent } = tokensSpent(db, p)
    const suspended = db.$with('suspended').as(
      db
        .update(passkeys)
        .set({ suspendedAt: sql`now()` })
        .where(
          and(
            eq(passkeys.id, p.passkeyId),
            eq(passkeys.userId, p.userId),
            isNull(passkeys.suspendedAt),
            lte(sql`${p.passkeyCounter}::bigint`, passkeys.counter),
            isSpent,
          ),
        )
        .returning({ id: passkeys.id, userId: passkeys.userId, name: passkeys.name }),
    )
    const owner = db
      .$with('owner')
      .as(
        db
          .select({ id: users.id, username: users.username, email: users.email })
          .from(users)
          .innerJoin(suspended, eq(suspended.userId, users.id)),
      )
    const { steps: counting, noticed } = noticeCounted(db, p, owner)
    const named = db.$with('named').as(
      db
        .select({
          name: suspended.name,
          language: languageOf(p.userId, p.language).as('language'),
        })
        .from(suspended),
    )
    const enqueued = mailEnqueued(
      db,
      noticed,
      { mailId: p.mailId, language: sql`${named.language}` },
      {
        besides: [named],
        mail: 'passkey_suspended',
        recipient: noticed.email,
        data: {
          username: noticed.username,
          passkey: named.name,
          ip: p.ip,
          user_agent: sql`null::text`,
        },
        userId: noticed.id,
      },
    )
    return {
      steps: [spent, suspended, owner, ...counting, named, enqueued] satisfies Step[],
      records: {
        event: 'passkey_suspended',
        of: suspended,
        subject: suspended.userId,
        // It was the user or whoever has a copy.
        actor: null,
        details: { passkey: suspended.id, counter: p.passkeyCounter },
      },
      answers: { from: [suspended], columns: { suspendedId: suspended.id } },
    }
  },
})

/** Nobody may be logged in whose browser would say it. So it is that of the profile, where there are words in it. */
function languageOf(
  userId: typeof users.id | ReturnType<typeof sql>,
  otherwise: ReturnType<typeof sql>,
) {
  const locale = sql`(select split_part(${users.locale}, '-', 1) from ${users} where ${eq(users.id, userId)})`
  const known = sql.join(
    LANGUAGES.map((language) => literal<Language>(language)),
    sql`, `,
  )
  return sql<string>`case when ${locale} in (${known}) then ${locale} else ${otherwise} end`
}

const noteCopy = stateChange({
  name: 'note_passkey_copy',
  params: { userId: 'uuid', passkeyId: 'uuid', passkeyCounter: 'text', challengeId: 'text' },
  change(db, p) {
    const found = db.$with('found').as(
      db
        .select({ id: passkeys.id, userId: passkeys.userId })
        .from(passkeys)
        .where(
          and(
            eq(passkeys.id, p.passkeyId),
            eq(passkeys.userId, p.userId),
            notExists(
              db
                .select({ jti: spentTokens.jti })
                .from(spentTokens)
                .where(eq(spentTokens.jti, p.challengeId)),
            ),
          ),
        ),
    )
    return {
      steps: [found],
      records: {
        event: 'passkey_counter_back',
        of: found,
        subject: found.userId,
        actor: null,
        details: { passkey: found.id, counter: p.passkeyCounter },
      },
      answers: { from: [found], columns: { foundId: found.id } },
    }
  },
})

/**
 * Returns true if a verified assertion may be used. One whose counter did not rise may be a copy's: if the passkey is bound
 * to its device it is suspended, with a mail to its owner, and if it may be synced, which is to be copied, the trail tells.
 */
export async function counterHolds(
  deps: CoreDeps,
  { id: passkeyId, userId, isBackupEligible }: StoredPasskey,
  { isCloned, counter, once }: VerifiedAssertion,
  language: Language = LANGUAGES[0],
): Promise<boolean> {
  if (!isCloned) return true
  const passkey = { userId, passkeyId, passkeyCounter: String(counter) }
  if (isBackupEligible) {
    await noteCopy(deps, { ...passkey, challengeId: once.jti })
    return true
  }
  const tries = await triesOf(deps, 'notice', { userId })
  const { ip } = deps.origin()
  const mail = mailValues(deps, { language })
  await suspend(deps, { ...passkey, ...spendValues([once]), ip, ...mail, tries })
  deps.postman.wake()
  return false
}
