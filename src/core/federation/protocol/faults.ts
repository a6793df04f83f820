import { AUTHORIZATION_RESPONSE_ERROR } from 'oauth4webapi'
import { AppError } from '../../../errors.ts'
import { ProviderFault } from '../outbound.ts'

/** The user said no. Some have words of their own for it. */
const DENIALS = ['access_denied', 'user_cancelled_login', 'user_cancelled_authorize']
/** What may stand in the log of an error that a provider or a browser named. */
const ERROR = /^[a-z_]{1,40}$/
/** Codes of libraries. Their messages and causes have tokens in them. */
const CODE = /^[A-Z][A-Z\d_]{2,60}$/

/** Runs a part of the protocol. All that goes wrong there is thrown as `provider_denied` or `provider_failed`. */
export async function asProvider<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) throw error
    const { code, error: named } = Object(error)
    // By its code, for a bundler may give its class another name.
    if (code === AUTHORIZATION_RESPONSE_ERROR && DENIALS.includes(named)) {
      throw new AppError('provider_denied')
    }
    throw failed(typeof named === 'string' ? errorCode(named) : codeOf(code))
  }
}

/** The refusal of what is not exactly as it must be. The code is for the log. */
export function failed(code: string): AppError {
  return new AppError('provider_failed', { cause: new ProviderFault(code) })
}

/** The code of an error that a provider answered. */
export function errorCode(named: string): string {
  return ERROR.test(named) ? `ERROR_${named}` : 'ERROR_OTHER'
}

function codeOf(code: unknown): string {
  return typeof code === 'string' && (CODE.test(code) || code.startsWith('ERROR_'))
    ? code
    : 'ANSWER_UNKNOWN'
}
