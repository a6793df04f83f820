import type { LinkPurpose } from '../../core/one-time-tokens/purposes.ts'

/** The page that a link in a mail opens: what its button does, and what was then done or why it was not. */
type LinkWords = {
  title: string
  text: string
  button: string
  done: { title: string; text: readonly string[] }
  /** What to do if the link does not work any more. */
  renew: string
}

/** A request that cannot be answered as it was meant. */
type ProblemWords = { title: string; text: string }

/** All that pages say in one language. */
export type Words = {
  links: Record<LinkPurpose, LinkWords>
  newPassword: string
  /** Why a field's value is refused, by its code. In braces is the fewest characters that a password may have. */
  fields: Record<
    | 'required'
    | 'too_short'
    | 'too_long'
    | 'too_common'
    | 'contains_identifier'
    | 'breached'
    | 'unchanged'
    | 'invalid',
    string
  >
  passwordHint: string
  /** Leads to the app. In braces is the project's name. */
  toApp: string
  /** Leads to the log-in. */
  toLogin: string
  problems: Record<
    'link' | 'taken' | 'limited' | 'unavailable' | 'failed' | 'unreadable' | 'elsewhere',
    ProblemWords
  >
  /** Stands before the title of a page whose form was refused, for people who hear it. */
  error: string
}
