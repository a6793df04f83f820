import type { AppError } from '../../errors.ts'
import type { LinkingPolicy } from './settings.ts'

/** A user here whom a sign-in may be about. */
export type Holder = { isDisabled: boolean; hasSecondFactor: boolean; isEmailVerified: boolean }

/** All that decides what a sign-in at a provider leads to. */
export type LinkingFacts = {
  /** Whose the identity is, by its issuer and subject. */
  known: Pick<Holder, 'isDisabled'> | undefined
  /** Whose the email is; `kept` for one that its former user may still take back. */
  owner: Holder | 'kept' | undefined
  /** The provider says that its user reads the mail of this address. Never without one. */
  isVouched: boolean
  /** The mailbox is the provider's own. */
  isAuthoritative: boolean
  policy: LinkingPolicy
}

/** To log in, to create a user, to give an unverified account to the owner of its address, or to link. */
type Deed = 'log_in' | 'create' | 'claim' | 'link'
type Refusal = Extract<
  AppError['code'],
  'account_disabled' | 'account_exists' | 'already_taken' | 'provider_email_unverified'
>
export type LinkingVerdict = Deed | Refusal

/** Whose the email is. Of a user whom it is not known to be, nothing else counts. */
const ownerOf = ({ owner }: LinkingFacts) => (owner === 'kept' ? undefined : owner)

/** Nothing but a mailbox that is the provider's own stands for a credential, and only where no second factor is set up. */
const isLinkedByEmail = (facts: LinkingFacts) =>
  facts.policy === 'automatic' && facts.isAuthoritative && ownerOf(facts)?.hasSecondFactor === false

/** The rule, from above to below: the first line that holds decides. */
const RULES: readonly { when: (facts: LinkingFacts) => boolean; verdict: LinkingVerdict }[] = [
  { when: ({ known }) => known?.isDisabled === true, verdict: 'account_disabled' },
  { when: ({ known }) => known !== undefined, verdict: 'log_in' },
  // Whoever has the address: nobody learns of accounts by an address that is not shown to be theirs.
  { when: ({ isVouched }) => !isVouched, verdict: 'provider_email_unverified' },
  { when: ({ owner }) => owner === 'kept', verdict: 'already_taken' },
  { when: ({ owner }) => !owner, verdict: 'create' },
  { when: (facts) => ownerOf(facts)?.isDisabled === true, verdict: 'account_disabled' },
  {
    when: (facts) => ownerOf(facts)?.isEmailVerified === true && isLinkedByEmail(facts),
    verdict: 'link',
  },
  { when: (facts) => ownerOf(facts)?.isEmailVerified === true, verdict: 'account_exists' },
  // Whoever made the account may be a stranger, and the provider says who reads the mailbox.
  { when: () => true, verdict: 'claim' },
]

/** Returns what a sign-in at a provider leads to. An email alone never lets anybody into an account that somebody else uses. */
export function linkingVerdict(facts: LinkingFacts): LinkingVerdict {
  return RULES.find(({ when }) => when(facts))?.verdict ?? 'provider_email_unverified'
}
