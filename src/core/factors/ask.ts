import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import type { Placeholders } from '../../database/params.ts'
import { users } from '../../models/index.ts'
import { happened, type Step, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { tryForgiven } from '../limits/steps.ts'
import type { PasswordProof } from '../passwords/prove.ts'
import { hashReplaced } from '../passwords/steps.ts'
import { refuseUnverified } from '../sessions/open.ts'
import type { SecondFactor } from './assurance.ts'
import { FACTOR_TOKEN_SECONDS } from './factor-tokens.ts'
import type { FirstProof } from './proofs.ts'
import { proofUsed, spendValues, useParams } from './use-steps.ts'

/** The answer to a log-in that lacks its second factor. */
export type MfaRequired = {
  mfaToken: string
  expiresInSeconds: number
  /** The factors of which one is to be proven. */
  methods: readonly SecondFactor[]
}

const PARAMS = {
  userId: 'uuid',
  epoch: 'int',
  amr: 'text',
  receipt: 'text',
  oldHash: 'text?',
  newHash: 'text?',
} as const

/** Asks whoever may log in, unless a proof that works once was used up by somebody else. */
function asking(
  db: Database,
  p: Placeholders<typeof PARAMS>,
  before: { steps: readonly Step[]; isUsed?: SQL } = { steps: [] },
) {
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
          before.isUsed,
        ),
      ),
  )
  const replaced = hashReplaced(db, asked, p)
  const { steps: forgiving } = tryForgiven(db, p, sql`exists (select from ${asked})`)
  return {
    steps: [...before.steps, asked, replaced, ...forgiving],
    records: {
      event: 'second_factor_requested',
      of: asked,
      subject: asked.id,
      details: { amr: p.amr },
    },
    answers: { from: [asked], columns: { id: asked.id } },
  } as const
}

const request = stateChange({
  name: 'request_second_factor',
  params: PARAMS,
  change: (db, p) => asking(db, p),
})

type FirstKind = FirstProof['use']['kind']

const requestAfter = (kind: FirstKind) =>
  stateChange({
    name: `request_second_factor_after_${kind}`,
    params: { ...PARAMS, ...useParams(kind) },
    change: (db, p) =>
      asking(db, p as unknown as Placeholders<typeof PARAMS>, proofUsed(db, kind, p, p.userId)),
  })

const REQUEST_AFTER = {
  mailed_code: requestAfter('mailed_code'),
  identity: requestAfter('identity'),
} satisfies Record<FirstKind, unknown>

/** The user who logs in, the epoch when the account was read, and the receipt of the try that was counted. */
type Asked = {
  id: string
  isEmailVerified: boolean
  epoch: number
  counted: string
  methods: readonly SecondFactor[]
}

/**
 * Answers a first factor that was proven, where a second is needed, and uses it up if it works once. Takes back what the try
 * counted for, as the door does. Returns undefined if the account has changed since it was read, or somebody else used the
 * factor up. Throws `email_not_verified` where that is required.
 */
export async function requestSecondFactor(
  deps: CoreDeps,
  { id: userId, epoch, counted: receipt, methods, isEmailVerified }: Asked,
  proof: PasswordProof | FirstProof,
): Promise<MfaRequired | undefined> {
  refuseUnverified(deps, { isEmailVerified })
  const { amr } = proof
  const values = { userId, epoch, receipt, amr: amr.join(' '), ...NO_RENEWAL }
  const asked =
    'hash' in proof
      ? await request(deps, { ...values, ...proof.renewal })
      : await (REQUEST_AFTER[proof.use.kind] as unknown as Send)(deps, {
          ...values,
          ...proof.use.values,
          ...spendValues(proof.spends),
        })
  if (!happened(asked)) return undefined
  const mfaToken = await deps.factorTokens.sign('mfa', { userId, epoch, amr }, deps.clock.now())
  return { mfaToken, expiresInSeconds: FACTOR_TOKEN_SECONDS, methods }
}

type Send = (by: CoreDeps, values: object) => ReturnType<typeof request>

const NO_RENEWAL = { oldHash: null, newHash: null }
