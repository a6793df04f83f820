import { AppError, type FieldProblem } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import { countOutgoing } from '../limits/outgoing.ts'

/** Tells people from programs, by the answer of a challenge that a page showed. */
export type HumanCheck = {
  /**
   * True if the token is fresh and was not used before. Throws `HumanCheckFailed` if nobody can say, and takes some
   * seconds at most. The signal is the request's.
   */
  isHuman: (token: string, ip: string | null, signal: AbortSignal) => Promise<boolean>
}

/** Nobody could say whether a token is a person's. */
export class HumanCheckFailed extends Error {
  override readonly name = 'HumanCheckFailed'
  /** For the log, such as TIMEOUT, HTTP_500 or INVALID_INPUT_SECRET. Never a message, which may quote the key. */
  readonly code: string

  constructor(code: string, options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}

/** What a request says of who sends it. */
export type Challenged = { token: string | undefined; ip: string | null; signal: AbortSignal }

type Challenger = Pick<CoreDeps, 'humans' | 'db' | 'config' | 'pseudonyms' | 'mailer'>

const POINTER = '/turnstile_token'

/** Returns the problem of a request without the token of a challenge, where one is needed. */
export function missingChallenge(
  { humans }: Pick<CoreDeps, 'humans'>,
  token: string | undefined,
): FieldProblem | undefined {
  if (!humans || token) return undefined
  return { pointer: POINTER, code: 'required', detail: 'Please confirm that you are human.' }
}

const FAILED: FieldProblem = {
  pointer: POINTER,
  code: 'challenge_failed',
  detail: 'This could not be confirmed. Please confirm once more that you are human.',
}

/**
 * Returns why a request is not taken for a person's, or undefined if it is, as all are where no check is configured. Throws
 * `service_unavailable` if nobody can tell: an outage lets nobody pass. Costs a round trip, which counts the client first.
 */
export async function challengeProblem(
  deps: Challenger,
  { token, ip, signal }: Challenged,
): Promise<FieldProblem | undefined> {
  if (!deps.humans || !token) return missingChallenge(deps, token)
  await countOutgoing(deps, ip)
  try {
    return (await deps.humans.isHuman(token, ip, signal)) ? undefined : FAILED
  } catch (cause) {
    if (signal.aborted) throw new AppError('malformed_request', { cause })
    throw cause instanceof HumanCheckFailed ? new AppError('service_unavailable', { cause }) : cause
  }
}

/** Throws `validation_failed` for a request that is not taken for a person's, as `challengeProblem` says. */
export async function requireHuman(deps: Challenger, challenged: Challenged): Promise<void> {
  const problem = await challengeProblem(deps, challenged)
  if (problem) throw new AppError('validation_failed', { errors: [problem] })
}
