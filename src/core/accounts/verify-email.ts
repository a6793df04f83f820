import { and, eq, sql } from 'drizzle-orm'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { openToken } from '../one-time-tokens/open.ts'
import { tokenRedeemed } from '../one-time-tokens/redeem-steps.ts'

const verify = stateChange({
  name: 'verify_email',
  params: { tokenId: 'uuid', userId: 'uuid' },
  change(db, p) {
    const { steps, redeemed } = tokenRedeemed(db, p, {
      purpose: 'verify_email',
      needs: 'same_address',
      voids: [],
    })
    const verified = db.$with('verified').as(
      db
        .update(users)
        .set({
          emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())`,
          updatedAt: sql`now()`,
        })
        .from(redeemed)
        .where(and(eq(users.id, redeemed.userId), eq(users.emailKey, redeemed.emailKey)))
        .returning({ id: users.id }),
    )
    return {
      steps: [...steps, verified],
      records: { event: 'email_verified', of: verified, subject: verified.id },
      answers: { from: [verified], columns: { verifiedId: verified.id } },
    }
  },
})

/** Verifies the address that a mail was sent to, by the token in its link. Throws `one_time_token_invalid`. */
export async function verifyEmail(deps: CoreDeps, token: string): Promise<void> {
  const verified = await verify(deps, await openToken(deps, 'verify_email', token))
  if (!happened(verified)) throw new AppError('one_time_token_invalid')
}
