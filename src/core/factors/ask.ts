import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { users } from '../../models/index.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { tryForgiven } from '../limits/steps.ts'
import type { PasswordProof } from '../passwords/prove.ts'
import { hashReplaced } from '../passwords/steps.ts'
import { refuseUnverified } from '../sessions/open.ts'
import type { SecondFactor } from './assurance.ts'
import { FACTOR_TOKEN_SECONDS } from './factor-tokens.ts'
import type { FactorProof } from './proofs.ts'

/** The answer to a log-in that lacks its second factor. */
export type MfaRequired = {
  mfaToken: string
  expiresInSeconds: number
  /** The factors of which one is to be proven. */
  methods: readonly SecondFactor[]
}

const request = stateChange({
  name: 'request_second_factor',
  params: {
    userId: 'uuid',
    epoch: 'int',
    amr: 'text',
    receipt: 'text',
    oldHash: 'text?',
    newHash: 'text?',
  },
  change(db, p) {
    const asked = db.$with('asked_of').as(
      db
        .select({ id: users.id })
        .from(users)
        .where(
          and(
            eq(users.id, p.userId),
            eq(users.sessionEpoch, p.epoch),
            isNull(users.disabledAt),
            gt(users.factorCount, sql`0`),
          ),
        ),
    )
    const replaced = hashReplaced(db, asked, p)
    const { steps: forgiving } = tryForgiven(db, p, sql`exists (select from ${asked})`)
    return {
      steps: [asked, replaced, ...forgiving],
      records: {
        event: 'second_factor_requested',
        of: asked,
        subject: asked.id,
        details: { amr: p.amr },
      },
      answers: { from: [asked], columns: { id: asked.id } },
    }
  },
})

/** The user who logs in, the epoch when the account was read, and the receipt of the try that was counted. */
type Asked = {
  id: string
  isEmailVerified: boolean
  epoch: number
  counted: string
  methods: readonly SecondFactor[]
}

/**
 * Answers a first factor that was proven, where a second is needed. Takes back what the try counted for, as the door does.
 * Returns undefined if the account has changed since it was read. Throws `email_not_verified` where that is required.
 */
export async function requestSecondFactor(
  deps: CoreDeps,
  { id: userId, epoch, counted: receipt, methods, isEmailVerified }: Asked,
  proof: PasswordProof | FactorProof,
): Promise<MfaRequired | undefined> {
  refuseUnverified(deps, { isEmailVerified })
  const { amr } = proof
  const renewal = 'hash' in proof ? proof.renewal : undefined
  const asked = await request(deps, {
    ...{ userId, epoch, receipt, amr: amr.join(' ') },
    ...{ oldHash: null, newHash: null, ...renewal },
  })
  if (!happened(asked)) return undefined
  const mfaToken = await deps.factorTokens.sign('mfa', { userId, epoch, amr }, deps.clock.now())
  return { mfaToken, expiresInSeconds: FACTOR_TOKEN_SECONDS, methods }
}
