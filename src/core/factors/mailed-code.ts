import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { databaseTime } from '../../database/instants.ts'
import { parameterRow } from '../../database/parameter-row.ts'
import { literal } from '../../database/params.ts'
import { columnsOf } from '../../database/read.ts'
import { type Preparable, statement } from '../../database/statement.ts'
import { AppError } from '../../errors.ts'
import { oneTimeTokens, users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'
import { refuseLimited } from '../limits/refuse.ts'
import { LIMIT_PARAMS, type Refused, refusedColumns, tryCounted } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
import { CODE_TRIES } from '../one-time-tokens/purposes.ts'
import type { Entrant } from '../sessions/open.ts'
import { isEmailVerified } from '../sessions/predicates.ts'
import { parseFactors, type SecondFactor } from './assurance.ts'
import { usableFactors } from './predicates.ts'
import { type FirstProof, proofOf } from './proofs.ts'

type Row = {
  id: string | null
  username: string
  email: string
  emailKey: string
  isEmailVerified: boolean
  epoch: number
  factors: string | null
}

/**
 * Counts a code that is offered, at its client and at the row that it may be of, and finds the row's user while it has
 * tries left. Of many at once no more are let through, for each waits for the row.
 */
const tryCode = statement(
  { name: 'try_login_code', kind: 'write', params: { tokenId: 'uuid', ...LIMIT_PARAMS } },
  (db, p) => {
    // Before the limits, as the statement that opens the session does, so that the two never wait for each other in a circle.
    const held = db
      .$with('held')
      .as(
        db
          .select({ id: oneTimeTokens.id })
          .from(oneTimeTokens)
          .where(eq(oneTimeTokens.id, p.tokenId))
          .for('update'),
      )
    const when = sql`(select count(*) from ${held}) >= 0`
    const { steps, refused, receipt, passed } = tryCounted(db, p, { when })
    const tried = db.$with('tried').as(
      db
        .update(oneTimeTokens)
        .set({ attempts: sql`${oneTimeTokens.attempts} + 1` })
        .from(users)
        .where(
          and(
            eq(oneTimeTokens.id, p.tokenId),
            eq(oneTimeTokens.purpose, literal('login_code')),
            gt(oneTimeTokens.expiresAt, sql`now()`),
            lt(oneTimeTokens.attempts, literal(CODE_TRIES)),
            eq(users.id, oneTimeTokens.userId),
            eq(users.emailKey, oneTimeTokens.emailKey),
            isNull(users.disabledAt),
            passed,
          ),
        )
        .returning({
          id: users.id,
          username: users.username,
          email: sql<string>`${users.email}`.as('user_email'),
          emailKey: sql<string>`${users.emailKey}`.as('user_email_key'),
          isEmailVerified: isEmailVerified(),
          epoch: users.sessionEpoch,
          factors: usableFactors(db).as('factors'),
        }),
    )
    const question = parameterRow({ tokenId: p.tokenId })
    return db
      .with(held, ...steps, tried)
      .select({
        ...question.echo,
        ...databaseTime,
        ...refusedColumns(refused),
        receipt,
        ...columnsOf<Row>(tried as never),
      })
      .from(question.from)
      .leftJoin(refused, sql`true`)
      .leftJoin(tried, sql`true`) as unknown as Preparable<Row & Refused & { receipt: string }>
  },
)

/** What somebody typed, and the token of the request that asked for the code. */
export type OfferedCode = { codeToken: string; code: string }

export type ProvenByCode = {
  proof: FirstProof
  account: Omit<Entrant, 'counted'> & { emailKey: string }
  tokenId: string
  /** The second factors that are to be proven besides, or undefined for a user without one. */
  methods: readonly SecondFactor[] | undefined
  receipt: string
}

/**
 * Proves that somebody reads the mail of an account, in one round trip that counts the try before the code is compared.
 * Throws `factor_refused` for a wrong code, one that was used or has expired, and where there is no account, all alike.
 */
export async function proveMailedCode(
  deps: CoreDeps,
  { codeToken, code }: OfferedCode,
  ip: string | null,
): Promise<ProvenByCode> {
  const tokenId = await deps.oneTimeTokens.openAsked(codeToken)
  if (tokenId === undefined) throw new AppError('factor_refused')
  const tries = await triesOf(deps, 'login_code_try', { ip })
  const [row] = await tryCode(deps.db, { tokenId, tries })
  if (!row) throw new Error('try_login_code answers by no row')
  const { refusedBy, waitSeconds, receipt, ...found } = row
  refuseLimited(deps, { refusedBy, waitSeconds })
  const isRight = await deps.oneTimeTokens.isCode(tokenId, code)
  const { id, factors, username, email, epoch, emailKey, isEmailVerified: isVerified } = found
  if (id === null) throw codeRefused({ emailKey: tokenId })
  if (!isRight) throw codeRefused({ id, emailKey })
  const proof = proofOf({
    ...{ userId: id, aal: 1, amr: ['email'], spends: [] },
    use: { kind: 'mailed_code', values: { mailedTokenId: tokenId } },
  }) as FirstProof
  const account = { id, username, email, emailKey, epoch, isEmailVerified: isVerified }
  return { proof, account, tokenId, methods: parseFactors(factors), receipt }
}

/** The refusal of a code, whatever was wrong with it. The log tells the accounts apart by what stands in for one. */
export function codeRefused({ id, emailKey }: { id?: string; emailKey: string }): AppError {
  const refusal = { outcome: 'wrong_factor', identifierKey: emailKey } as const
  return new AppError('factor_refused', { refusal, about: { userId: id, identifierKey: emailKey } })
}
