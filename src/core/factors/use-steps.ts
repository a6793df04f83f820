import {
  and,
  eq,
  exists,
  gt,
  isNotNull,
  isNull,
  lt,
  or,
  type SQL,
  type SQLWrapper,
  sql,
} from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Params, type Placeholders, type ValuesOf } from '../../database/params.ts'
import {
  identities,
  oneTimeTokens,
  passkeys,
  recoveryCodes,
  spentTokens,
  totpFactors,
} from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import type { Once } from './factor-tokens.ts'

/** The parameters of a statement that spends tokens: their ids by spaces, and until when the last of them would work. */
export const SPEND_PARAMS = { spentIds: 'text', spentUntil: 'timestamptz' } as const

/** The values of `SPEND_PARAMS`. */
export function spendValues(tokens: readonly Once[]): ValuesOf<typeof SPEND_PARAMS> {
  const until = Math.max(0, ...tokens.map(({ expiresAt }) => expiresAt.getTime()))
  return { spentIds: tokens.map(({ jti }) => jti).join(' '), spentUntil: new Date(until) }
}

/** Spends tokens that work once. `isSpent` is true if none of them was spent before, and for none at all. */
export function tokensSpent(db: Database, p: Placeholders<typeof SPEND_PARAMS>) {
  const ids = sql`string_to_array(${p.spentIds}, ' ')`
  const spent = db.$with('spent').as(
    db
      .insert(spentTokens)
      .select(
        db
          .select({ jti: sql<string>`jti`.as('jti'), expiresAt: p.spentUntil.as('expires_at') })
          .from(sql`unnest(${ids}) as jti`)
          // In one order, so that two statements never wait for each other in a circle.
          .orderBy(sql`jti`),
      )
      .onConflictDoNothing()
      .returning({ jti: spentTokens.jti }),
  )
  const isSpent = sql<boolean>`(select count(*) from ${spent}) = cardinality(${ids})`
  return { spent, isSpent }
}

/** The user whose proof is used up, and when that may happen. */
type Of = { userId: SQLWrapper; when: SQL }

/** Nothing later than the accepted time step counts, so that a code works once (RFC 6238 section 5.2). */
function totpUsed(db: Database, p: Placeholders<typeof TOTP_PARAMS>, { userId, when }: Of) {
  return db.$with('used').as(
    db
      .update(totpFactors)
      .set({
        lastStep: sql`${p.totpStep}`,
        sealedSecret: sql`coalesce(${p.resealedSecret}, ${totpFactors.sealedSecret})`,
      })
      .where(
        and(
          eq(totpFactors.userId, userId),
          isNotNull(totpFactors.confirmedAt),
          lt(totpFactors.lastStep, p.totpStep),
          when,
        ),
      )
      .returning({ userId: totpFactors.userId }),
  )
}

function recoveryCodeUsed(
  db: Database,
  p: Placeholders<typeof RECOVERY_PARAMS>,
  { userId, when }: Of,
) {
  return db.$with('used').as(
    db
      .delete(recoveryCodes)
      .where(
        and(
          eq(recoveryCodes.userId, userId),
          sql`${recoveryCodes.codeMac} = any (string_to_array(${p.codeMacs}, ' '))`,
          when,
        ),
      )
      .returning({ userId: recoveryCodes.userId }),
  )
}

/**
 * A counter that does not rise is a copy's, of which one that is bound to a device has none (WebAuthn level 3, section
 * 6.1.1). Synced ones are several by design.
 */
function passkeyUsed(db: Database, p: Placeholders<typeof PASSKEY_PARAMS>, { userId, when }: Of) {
  const counter = sql`${p.passkeyCounter}::bigint`
  return db.$with('used').as(
    db
      .update(passkeys)
      .set({ counter, isBackedUp: sql`${p.isBackedUp}`, lastUsedAt: sql`now()` })
      .where(
        and(
          eq(passkeys.id, p.passkeyId),
          eq(passkeys.userId, userId),
          isNull(passkeys.suspendedAt),
          or(
            sql`${counter} > ${passkeys.counter}`,
            sql`${counter} = 0 and ${passkeys.counter} = 0`,
            passkeys.isBackupEligible,
          ),
          when,
        ),
      )
      .returning({ userId: passkeys.userId }),
  )
}

function mailedCodeUsed(
  db: Database,
  p: Placeholders<typeof MAILED_CODE_PARAMS>,
  { userId, when }: Of,
) {
  return db.$with('used').as(
    db
      .delete(oneTimeTokens)
      .where(
        and(
          eq(oneTimeTokens.id, p.mailedTokenId),
          eq(oneTimeTokens.userId, userId),
          eq(oneTimeTokens.purpose, literal('login_code')),
          gt(oneTimeTokens.expiresAt, sql`now()`),
          when,
        ),
      )
      .returning({ userId: oneTimeTokens.userId }),
  )
}

/** That it comes once, the spent id of the sign-in says. It is no use where it was unlinked meanwhile. */
function identityUsed(db: Database, p: Placeholders<typeof IDENTITY_PARAMS>, { userId, when }: Of) {
  return db.$with('used').as(
    db
      .update(identities)
      .set({
        email: sql`${p.identityEmail}`,
        isEmailVerified: sql`${p.isIdentityVouched}`,
        lastUsedAt: sql`now()`,
      })
      .where(and(eq(identities.id, p.identityId), eq(identities.userId, userId), when))
      .returning({ userId: identities.userId }),
  )
}

const TOTP_PARAMS = { totpStep: 'int', resealedSecret: 'text?' } as const
const RECOVERY_PARAMS = { codeMacs: 'text' } as const
const PASSKEY_PARAMS = { passkeyId: 'uuid', passkeyCounter: 'text', isBackedUp: 'boolean' } as const
export const MAILED_CODE_PARAMS = { mailedTokenId: 'uuid' } as const

export const IDENTITY_PARAMS = {
  identityId: 'uuid',
  identityEmail: 'text?',
  isIdentityVouched: 'boolean',
} as const

/** Each kind of proof that works once, with its step: it has the user's row if this use is the one that counts. */
const USES = {
  totp: { params: TOTP_PARAMS, used: totpUsed },
  recovery_code: { params: RECOVERY_PARAMS, used: recoveryCodeUsed },
  passkey: { params: PASSKEY_PARAMS, used: passkeyUsed },
  mailed_code: { params: MAILED_CODE_PARAMS, used: mailedCodeUsed },
  identity: { params: IDENTITY_PARAMS, used: identityUsed },
} as const

export type UseKind = keyof typeof USES
export const USE_KINDS = Object.keys(USES) as UseKind[]

/** A kind of proof, and the values of its parameters. */
export type Use = {
  [Kind in UseKind]: { kind: Kind; values: ValuesOf<(typeof USES)[Kind]['params']> }
}[UseKind]

/** The parameters of a statement that uses up a proof of this kind. */
export function useParams(kind: UseKind): Params & typeof SPEND_PARAMS {
  return { ...USES[kind].params, ...SPEND_PARAMS }
}

/**
 * Spends the tokens of a proof and uses it up. The step `used` has the user's row if nobody else did meanwhile; what is
 * proven hangs on it.
 */
export function proofUsed(
  db: Database,
  kind: UseKind,
  p: Placeholders<typeof SPEND_PARAMS>,
  userId: SQLWrapper,
): { steps: readonly Step[]; used: ReturnType<typeof totpUsed>; isUsed: SQL } {
  const { spent, isSpent } = tokensSpent(db, p)
  const make = USES[kind].used as typeof totpUsed
  const used = make(db, p as never, { userId, when: isSpent })
  return {
    steps: [spent, used],
    used,
    isUsed: exists(db.select({ userId: used.userId }).from(used)),
  }
}
