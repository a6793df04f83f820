import { AppError, type FieldRefusal } from '../../errors.ts'
import { folded } from '../../utils/identifiers.ts'
import type { CoreDeps } from '../deps.ts'
import { containsOwnWord, type Identifiers } from './own-words.ts'
import { isMostUsed, judgeLength, TOO_COMMON } from './rules.ts'

type Judge = Pick<CoreDeps, 'config' | 'commonPasswords' | 'breaches'>

/** Where a new password stands in the body, and whose it is to be. */
export type NewPasswordOf = { pointer: string; identifiers: Identifiers }

const OWN_WORD: FieldRefusal = {
  code: 'contains_identifier',
  detail: 'The password must not contain the username, the email or the name of this service.',
}

const BREACHED: FieldRefusal = {
  code: 'breached',
  detail: 'This password is known from a data breach. Choose another one.',
}

/** Throws `validation_failed`, for the field at the pointer, unless a new password keeps all rules. */
export async function refusePassword(
  deps: Judge,
  password: string,
  { pointer, identifiers }: NewPasswordOf,
): Promise<void> {
  const refusal = await refusalOf(deps, password, identifiers)
  if (refusal) throw new AppError('validation_failed', { errors: [{ pointer, ...refusal }] })
}

/** The cheap rules come first. A password that they refuse is not asked about elsewhere. */
async function refusalOf(
  { config, commonPasswords, breaches }: Judge,
  password: string,
  identifiers: Identifiers,
): Promise<FieldRefusal | undefined> {
  const { passwords, projectName } = config
  const refusal = judgeLength(password, passwords)
  if (refusal) return refusal
  if (await isMostUsed(password)) return TOO_COMMON
  if (containsOwnWord(password, identifiers, projectName)) return OWN_WORD
  if (await commonPasswords.include(folded(password))) return TOO_COMMON
  if (passwords.breachCheck !== 'refuse') return undefined
  return (await breaches?.include(password)) ? BREACHED : undefined
}
