import { and, eq, exists, gt, sql } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { oneTimeTokens, users } from '../../models/index.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { accountClaimed, claimRecorded, unlinksRecorded } from './claim-steps.ts'

const claim = stateChange({
  name: 'claim_unverified',
  params: { userId: 'uuid', tokenId: 'uuid', epoch: 'int' },
  change(db, p) {
    const code = db
      .select({ id: oneTimeTokens.id })
      .from(oneTimeTokens)
      .where(
        and(
          eq(oneTimeTokens.id, p.tokenId),
          eq(oneTimeTokens.userId, p.userId),
          eq(oneTimeTokens.purpose, literal('login_code')),
          eq(oneTimeTokens.emailKey, users.emailKey),
          gt(oneTimeTokens.expiresAt, sql`now()`),
        ),
      )
    const kept = { ...p, keptTokenId: p.tokenId }
    const { steps, claimed, unlinked } = accountClaimed(db, kept, exists(code))
    return {
      steps,
      records: [
        {
          event: 'email_verified',
          of: claimed,
          subject: claimed.id,
          details: { by: literal('login_code') },
        },
        claimRecorded(claimed, 'login_code'),
        unlinksRecorded(unlinked),
      ],
      answers: { from: [claimed], columns: { epoch: claimed.epoch } },
    }
  },
})

/** What the user has can change meanwhile. The next attempt sees that. */
const MAX_ATTEMPTS = 5

/**
 * Gives an account whose address nobody had verified to whoever reads its mail, by a code that was proven. It loses what
 * somebody else may have set up before (claim-steps.ts). Returns the account's new epoch, or undefined if the code
 * or the account is not what it was.
 */
export async function claimUnverified(
  deps: CoreDeps,
  values: { userId: string; tokenId: string; epoch: number },
): Promise<number | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const claimed = await claim(deps, values)
    if (happened(claimed)) return claimed.epoch
  }
  return undefined
}
