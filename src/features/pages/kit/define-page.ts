import { AppError, type ProblemCode } from '../../../errors.ts'
import type { Markup } from '../../../http/page.ts'
import type { ApiAnswer, ApiProblem, ApiRequest } from './call.ts'
import { type FormState, refusedState, untouched } from './form-state.ts'
import type { HostedPath } from './paths.ts'
import { problemWords } from './problem-words.ts'
import { ProofWanted, type Visit } from './visit.ts'

/** What a page shows. */
export type View = {
  title: string
  /** What is in the card, or, of a wide page, in all of its main part. */
  content: Markup
  /** What stands below the card. */
  foot?: Markup | false | undefined
  isWide?: true
  /** True for a page of which the script does a part. */
  hasScript?: boolean
  /** What else its policy allows. */
  sources?: Record<string, string>
  /** Another origin that the browser goes to by itself. A redirect after a form may not leave this one. */
  leavesFor?: string
}

/** How a request for a page is answered: by a page, or by the address of another page of this service. */
export type Answer =
  | { view: View; status?: number; headers?: Record<string, string> }
  | { goTo: string }

/** What a person was doing before a fresh proof was wanted: the form of another page is sent, or shown as it was filled in. */
export type Resumed = { resume: { path: HostedPath; values: Record<string, string> } }

/** A form: the request that it stands for, and what comes after. */
export type FormSpec<Body = unknown> = {
  /** The fields that are shown again as they were typed. Never one of a secret. */
  keeps?: readonly string[]
  /** The other fields. What the API says of any that is in neither list is said of the form. */
  asks?: readonly string[]
  /** Problems that are said of a field. */
  blames?: Partial<Record<ProblemCode, string>>
  /** The request to the API that does it. */
  call: (visit: Visit) => ApiRequest
  /** What is answered once it is done. */
  done: (visit: Visit, body: Body) => Answer | Resumed | Promise<Answer | Resumed>
  /** Where a refusal leads elsewhere than to the same form. */
  refused?: (visit: Visit, problem: ApiProblem) => Answer | undefined
}

type PageSpec<Data> = {
  /** What the page is made of, as a rule read from the API (`visit.need`); or where to go instead. Changes nothing. */
  load: (visit: Visit) => Data | Answer | Promise<Data | Answer>
  view: (visit: Visit, data: Data, form: FormState) => View
  /** By the name that each brings (`<Form name=…>`). */
  // biome-ignore lint/suspicious/noExplicitAny: each form knows what its own route answers.
  forms?: Record<string, FormSpec<any>>
}

/** Answers whoever asks for a page. */
export type HostedPage = (visit: Visit) => Promise<Answer | Resumed>

/** Makes a page of what it shows and of its forms. To open it changes nothing; a form is one request to the API. */
export function definePage<Data>({ load, view, forms = {} }: PageSpec<Data>): HostedPage {
  const show = async (visit: Visit, state: FormState, refusal?: Refusal): Promise<Answer> => {
    const data = await load(visit)
    if (isAnswer(data)) return data
    const shown = view(visit, data, state)
    // Who hears the page is told at once that the form did nothing.
    const isRefused = state.name !== undefined
    const title = isRefused ? `${visit.words.common.error}: ${shown.title}` : shown.title
    return { view: { ...shown, title }, ...refusal }
  }
  return async (visit) => {
    if (!visit.isSent) return show(visit, untouched(visit))
    const name = visit.values.form ?? ''
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined
    if (!form) throw new AppError('malformed_request')
    if (isOfAnother(visit)) {
      // What was typed on the other one's page is not shown to this one.
      const fresh = { ...visit, isSent: false, values: {} }
      const failure = problemWords(visit, 'other_person')
      return show(fresh, { ...untouched(fresh), name, failure }, { status: 409, headers: {} })
    }
    const answer = await visit.call(form.call(visit))
    if (answer.ok) return form.done(visit, answer.body)
    const elsewhere = form.refused?.(visit, answer.problem)
    if (elsewhere) return elsewhere
    if (answer.problem.code === 'step_up_required') throw new ProofWanted(resumable(visit, form))
    return show(visit, refusedState(visit, { name, ...form }, answer.problem), refusalOf(answer))
  }
}

/** True for a form on a page of somebody who was logged in in this browser before. */
function isOfAnother({ person, values }: Visit): boolean {
  return person !== undefined && values.person !== undefined && values.person !== person
}

/**
 * What of a form is done again after a fresh proof. Its secrets are not kept, and so one that has any is shown again, and not
 * sent.
 */
function resumable({ values }: Visit, { asks = [] }: { asks?: readonly string[] }) {
  const dropped = asks.length > 0 ? ['form', ...asks] : []
  return Object.fromEntries(Object.entries(values).filter(([name]) => !dropped.includes(name)))
}

type Refusal = { status: number; headers: Record<string, string> }

/** The status of a refusal, and when to try again where the API says so. */
export function refusalOf({ status, headers }: ApiAnswer): Refusal {
  const names = ['retry-after', 'www-authenticate']
  const given = names.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return { status, headers: Object.fromEntries(given) }
}

function isAnswer(data: unknown): data is Answer {
  return typeof data === 'object' && data !== null && ('goTo' in data || 'view' in data)
}
