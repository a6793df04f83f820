import type { Context } from 'hono'
import type { Language } from '../../../core/outbox/mails.ts'
import type { Deps } from '../../../deps.ts'
import type { AppEnv } from '../../../http/context.ts'
import { languageOf } from '../../../middleware/language.ts'
import { HOSTED_WORDS, type HostedWords } from '../words-hosted.ts'
import { type ApiAnswer, type ApiRequest, type Call, callerFor } from './call.ts'
import { onceEach, ownForm, ownOriginOf } from './own-form.ts'
import type { Api, HostedPath } from './paths.ts'
import { personIn } from './person.ts'
import { type ReturnTo, returnPlace } from './return-to.ts'

/** What goes with a person from page to page until the log-in is done: in addresses, and in hidden fields of forms. */
export const CARRIED = ['return_to', 'invitation', 'link_token'] as const
export type Carried = Partial<Record<(typeof CARRIED)[number], string>>
/** `link_token` works as a key does, so that no address ever has it. */
const IN_ADDRESSES = ['return_to', 'invitation'] as const

/** The API refused what a page cannot do without. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly answer: ApiAnswer & { ok: false }

  constructor(answer: ApiAnswer & { ok: false }) {
    super(answer.problem.code)
    this.answer = answer
  }
}

/** The API wants a fresh proof of who asks. `resume` is what is done after it: the fields of a form, or of an address. */
export class ProofWanted extends Error {
  override readonly name = 'ProofWanted'
  readonly resume: Record<string, string>

  constructor(resume: Record<string, string>) {
    super('a fresh proof is wanted')
    this.resume = resume
  }
}

/** All that a page knows of the one who asks for it. */
export type Visit = {
  c: Context<AppEnv>
  config: Deps['config']
  path: HostedPath
  /** True where a form was sent, and false where a page is only opened. */
  isSent: boolean
  language: Language
  words: HostedWords
  /** The parameters of the address. */
  query: Record<string, string>
  /** The fields of the form that was sent. */
  values: Record<string, string>
  carried: Carried
  /** Whose session the browser has. A form of the account says whose page it stood on. */
  person: string | undefined
  returnTo: ReturnTo | undefined
  call: Call
  /** The same, for what a page cannot be shown without. Throws `Refused`. */
  need: <Body>(request: ApiRequest) => Promise<Body>
  /** Cookies for the answer. */
  setCookies: string[]
  /** The address of a page, as seen from this one, so that it is right under a path prefix too. */
  to: (path: string) => string
  /** The same, with what is carried on. */
  onward: (path: HostedPath) => string
}

/** Reads a request for a page. Throws for a form of another page and for a way back that is none. */
export async function visitOf(c: Context<AppEnv>, path: HostedPath, api: Api): Promise<Visit> {
  const { config } = c.get('deps')
  const query = onceEach(new URL(c.req.url).searchParams)
  const isSent = c.req.method === 'POST'
  const values = isSent ? await ownForm(c) : {}
  const language = languageOf(c)
  const { call, setCookies } = callerFor(c, api, ownOriginOf(c))
  const carried = carriedOf({ ...pick(query, IN_ADDRESSES), ...pick(values, CARRIED) })
  const to = (target: string) => '../'.repeat(path.split('/').length - 2) + target.slice(1)
  return {
    ...{ c, config, path, isSent, language, words: HOSTED_WORDS[language], query, values, carried },
    person: personIn(c),
    returnTo: returnPlace(config, carried.return_to),
    call,
    need: async <Body>(request: ApiRequest) => {
      const answer = await call<Body>(request)
      if (!answer.ok) throw new Refused(answer)
      return answer.body
    },
    setCookies,
    to,
    onward: (target) => to(target) + queryOf(carried),
  }
}

/** The same visit, with something else that is carried on. Throws for a way back that is none. */
export function withCarried(visit: Visit, carried: Carried): Visit {
  return {
    ...visit,
    carried,
    returnTo: returnPlace(visit.config, carried.return_to),
    onward: (target) => visit.to(target) + queryOf(carried),
  }
}

/** An empty field of a form is none. */
function carriedOf(given: Carried): Carried {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
}

function pick<Name extends string>(given: Record<string, string>, names: readonly Name[]) {
  return Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as Partial<Record<Name, string>>
}

function queryOf(carried: Carried): string {
  const query = new URLSearchParams(pick(carried as Record<string, string>, IN_ADDRESSES))
  return query.size === 0 ? '' : `?${query}`
}
