import { refuseStale, SUDO } from '../../../core/factors/step-up.ts'
import type { Intent } from '../../../core/federation/flow.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type ProblemCode } from '../../../errors.ts'

type Start = {
  provider: string
  intent: Intent
  returnTo: string | undefined
  /** Who is logged in, if that was asked for. */
  actor: Actor | undefined
}

/**
 * Begins a sign-in at a provider. To link needs a proof of the last minutes, for it lets somebody in; to prove oneself once
 * more cannot. Throws `step_up_required`, and what `startFlow` does.
 */
export async function startSignIn(
  deps: Deps,
  { provider, intent, returnTo, actor }: Start,
  client: { ip: string | null },
  signal: AbortSignal,
): Promise<{ authorizationUrl: string; secret: string }> {
  if (intent !== 'login' && !actor) throw new AppError('token_missing')
  if (intent === 'link' && actor) refuseStale(deps, actor, SUDO)
  const { startFlow } = await import('../../../core/federation/start.ts')
  const caller = intent === 'login' || !actor ? undefined : sessionOf(actor)
  return startFlow(deps, { provider, intent, returnTo, caller }, client, signal)
}

type Returned = { provider: string; parameters: URLSearchParams; secrets: readonly string[] }

/**
 * Ends a sign-in at a provider, and returns where the browser goes: back to the app, with a code, or with why there is none.
 * Throws `oauth_state_invalid` where it must go nowhere, for nobody knows who sent it.
 */
export async function endSignIn(
  deps: Deps,
  returned: Returned,
  client: { ip: string | null },
  { signal, codeOf }: { signal: AbortSignal; codeOf: (thrown: Error) => ProblemCode },
): Promise<string> {
  const { finishFlow, openState, returnUrl } = await import('../../../core/federation/callback.ts')
  const opened = await openState(deps, returned)
  try {
    const code = await finishFlow(deps, opened, returned.parameters, client, signal)
    return returnUrl(opened.returnTo, { code })
  } catch (thrown) {
    const error = thrown instanceof Error ? codeOf(thrown) : 'internal_error'
    if (error === 'oauth_state_invalid') throw thrown
    return returnUrl(opened.returnTo, { error })
  }
}
