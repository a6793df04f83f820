import type { ProblemCode } from '../../../errors.ts'
import type { ApiProblem } from './call.ts'
import { fieldWords, problemWords } from './problem-words.ts'
import type { Visit } from './visit.ts'

/** What forms say of the last try. Of a form that nobody sent they say nothing. */
export type FormState = {
  visit: Visit
  /** The form that was refused. */
  name: string | undefined
  /** What was typed there, of the fields that are no secret. */
  values: Readonly<Record<string, string>>
  /** Why its fields were refused, in words. */
  errors: Readonly<Record<string, string>>
  /** Why it was refused. */
  code: ProblemCode | undefined
  /** Why it did nothing, in words. */
  failure: string | undefined
  /** True where the API wants to know that a person is asking. */
  needsHuman: boolean
}

/** The state of forms that nobody sent yet. One that was filled in before a fresh proof is so again. */
export function untouched(visit: Visit): FormState {
  const nothing = { name: undefined, code: undefined, failure: undefined }
  const values = visit.isSent ? {} : visit.values
  return { visit, ...nothing, values, errors: {}, needsHuman: false }
}

/** The state of one of several forms with the same name: what was refused is said of that one alone. */
export function stateOf(form: FormState, isThis: boolean): FormState {
  return isThis ? form : { ...form, name: undefined, failure: undefined }
}

type Form = {
  name: string
  keeps?: readonly string[]
  asks?: readonly string[]
  blames?: Partial<Record<ProblemCode, string>>
}

/** The state of a form that the API refused. */
export function refusedState(
  visit: Visit,
  { name, keeps = [], asks = [], blames = {} }: Form,
  { code, errors: given = [] }: ApiProblem,
): FormState {
  const blamed = blames[code]
  const errors: readonly { pointer: string; code: string }[] =
    blamed === undefined ? given : [{ pointer: `/${blamed}`, code }]
  const shown = [...keeps, ...asks]
  const said = errors.filter((error) => shown.includes(fieldOf(error)))
  const isSaid = said.length > 0 && said.length === errors.length
  return {
    visit,
    name,
    code,
    values: Object.fromEntries(keeps.map((field) => [field, visit.values[field] ?? ''])),
    errors: Object.fromEntries(
      said.map((error) => [fieldOf(error), fieldWords(visit, fieldOf(error), error.code)]),
    ),
    failure: isSaid ? undefined : problemWords(visit, code, errors),
    needsHuman: errors.some((error) => fieldOf(error) === 'turnstile_token'),
  }
}

/** The field that a JSON pointer leads into. */
function fieldOf({ pointer }: { pointer: string }): string {
  return pointer.split('/')[1] ?? ''
}
