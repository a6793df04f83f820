import { sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { databaseTime } from '../../database/instants.ts'
import { parameterRow } from '../../database/parameter-row.ts'
import type { Placeholders } from '../../database/params.ts'
import { type Preparable, statement } from '../../database/statement.ts'
import { AppError } from '../../errors.ts'
import { spentTokens } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'
import { refuseLimited } from '../limits/refuse.ts'
import { LIMIT_PARAMS, type Refused, refusedColumns, tryCounted } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
import { type Opened, openFlow, sealFlow } from './flow.ts'
import { providerOf, redirectUriOf, returnUrlAt } from './start.ts'

const PARAMS = { stateId: 'text', stateUntil: 'timestamptz', ...LIMIT_PARAMS } as const

/** Counts a browser that comes back from a provider, and spends its state, of which it has a row once. */
const spendState = statement(
  { name: 'spend_oauth_state', kind: 'write', params: PARAMS },
  (db: Database, p: Placeholders<typeof PARAMS>) => {
    const { steps, refused, passed } = tryCounted(db, p)
    const spent = db.$with('spent').as(
      db
        .insert(spentTokens)
        .select(
          db
            .select({ jti: p.stateId.as('state_jti'), expiresAt: p.stateUntil.as('state_until') })
            .from(sql`(values (1)) as one_row`)
            .where(passed),
        )
        .onConflictDoNothing()
        .returning({ jti: spentTokens.jti }),
    )
    const question = parameterRow({ stateId: p.stateId })
    return db
      .with(...steps, spent)
      .select({
        ...question.echo,
        ...databaseTime,
        ...refusedColumns(refused),
        spentId: spent.jti,
      })
      .from(question.from)
      .leftJoin(refused, sql`true`)
      .leftJoin(spent, sql`true`) as unknown as Preparable<Refused & { spentId: string | null }>
  },
)

type Deps = CoreDeps & Parameters<typeof returnUrlAt>[0]

/** A state, with the URL that the browser goes on to. */
export type OpenedState = Opened<'state'> & { returnTo: string }

/** What a browser brings back from a provider. */
export type Returned = { provider: string; parameters: URLSearchParams; secrets: readonly string[] }

/**
 * Opens the state that a browser came back with. Throws `oauth_state_invalid` for one of another browser or provider, and for one
 * that was changed or is over, and `not_found` for a provider that there is not.
 */
export async function openState(
  deps: Deps,
  { provider, parameters, secrets }: Returned,
): Promise<OpenedState> {
  providerOf(deps, provider)
  const [state, second] = parameters.getAll('state')
  if (state === undefined || second !== undefined) throw new AppError('oauth_state_invalid')
  const opened = await openFlow(deps, 'state', state, secrets)
  if (opened?.claims.provider !== provider) throw new AppError('oauth_state_invalid')
  // The list may have become shorter meanwhile. All that are on it are the operator's.
  const returnTo = returnUrlAt(deps, opened.claims.returnTo)
  if (returnTo === undefined) throw new AppError('oauth_state_invalid')
  return { ...opened, returnTo }
}

/**
 * Finishes a sign-in at its provider, and returns the code by which the app that began it goes on, for 60 seconds. Throws
 * `oauth_state_invalid` for a state that was used, before the provider is asked anything.
 */
export async function finishFlow(
  deps: Deps,
  { claims, secrets, jti, expiresAt }: Opened<'state'>,
  parameters: URLSearchParams,
  { ip }: { ip: string | null },
  signal: AbortSignal,
): Promise<string> {
  const { provider: id, intent, caller } = claims
  const provider = providerOf(deps, id)
  const tries = await triesOf(deps, 'provider', { ip })
  const [spent] = await spendState(deps.db, { stateId: jti, stateUntil: expiresAt, tries })
  if (!spent) throw new Error('a statement of one row has none')
  refuseLimited(deps, spent)
  if (spent.spentId === null) throw new AppError('oauth_state_invalid')
  const { nonce, codeVerifier } = secrets
  const request = {
    ...{ redirectUri: redirectUriOf(deps, id), nonce, codeVerifier, parameters },
    ...{ state: parameters.get('state') ?? '', isReauth: intent === 'reauth' },
  }
  const profile = await provider.profileOf(request, signal)
  return sealFlow(deps, 'code', { provider: id, intent, caller, profile }, secrets)
}

/** Returns the way back with what came of it, beside whatever its query holds. The configuration lets no fragment in. */
export function returnUrl(returnTo: string, outcome: { code: string } | { error: string }) {
  return `${returnTo}${returnTo.includes('?') ? '&' : '?'}${new URLSearchParams(outcome)}`
}
