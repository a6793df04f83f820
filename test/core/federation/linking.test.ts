import { describe, expect, it } from 'vitest'
import {
  type Holder,
  type LinkingFacts,
  type LinkingVerdict,
  linkingVerdict,
} from '../../../src/core/federation/linking.ts'

const BOOLEANS = [false, true]
const holders: Holder[] = BOOLEANS.flatMap((isDisabled) =>
  BOOLEANS.flatMap((hasSecondFactor) =>
    BOOLEANS.map((isEmailVerified) => ({ isDisabled, hasSecondFactor, isEmailVerified })),
  ),
)
const noneOr = <One>(all: readonly One[]) => [undefined, ...all]

/** Every case there can be, and some that the provider port rules out. */
const cases: LinkingFacts[] = noneOr(BOOLEANS.map((isDisabled) => ({ isDisabled }))).flatMap(
  (known) =>
    [...noneOr(holders), 'kept' as const].flatMap((owner) =>
      BOOLEANS.flatMap((isVouched) =>
        BOOLEANS.flatMap((isAuthoritative) =>
          (['confirm', 'automatic'] as const).map((policy) => ({
            ...{ known, owner, isVouched, isAuthoritative, policy },
          })),
        ),
      ),
    ),
)

/** The rule as the design says it, told once more in another way than the code tells it. */
function expected(facts: LinkingFacts): LinkingVerdict {
  const { known, owner, isVouched, isAuthoritative, policy } = facts
  if (known) return known.isDisabled ? 'account_disabled' : 'log_in'
  if (!isVouched) return 'provider_email_unverified'
  if (owner === undefined) return 'create'
  if (owner === 'kept') return 'already_taken'
  if (owner.isDisabled) return 'account_disabled'
  if (!owner.isEmailVerified) return 'claim'
  const isSafe = policy === 'automatic' && isAuthoritative && !owner.hasSecondFactor
  return isSafe ? 'link' : 'account_exists'
}

it(`says of each of ${cases.length} cases what the design says`, () => {
  expect(cases).toHaveLength(3 * 10 * 2 * 2 * 2)
  for (const facts of cases) {
    expect([facts, linkingVerdict(facts)]).toEqual([facts, expected(facts)])
  }
})

describe('whatever else holds', () => {
  const verdictsWhere = (holds: (facts: LinkingFacts) => boolean) =>
    new Set(cases.filter(holds).map(linkingVerdict))

  it('an email that the provider does not vouch for gets nobody into anything, and tells nothing', () => {
    const without = verdictsWhere(({ known, isVouched }) => !known && !isVouched)
    expect([...without]).toEqual(['provider_email_unverified'])
  })

  it('a verified account is linked by nothing but a mailbox that is the provider’s own', () => {
    const other = verdictsWhere(
      ({ known, owner, isAuthoritative, policy }) =>
        !known &&
        typeof owner === 'object' &&
        owner.isEmailVerified &&
        !(isAuthoritative && policy === 'automatic'),
    )
    expect(other).not.toContain('link')
    expect(other).not.toContain('claim')
  })

  it('nobody is linked to a user with a second factor, nor logged in to a disabled account', () => {
    const withFactor = ({ owner }: LinkingFacts) =>
      typeof owner === 'object' && owner.hasSecondFactor
    expect(verdictsWhere(withFactor)).not.toContain('link')
    const disabled = verdictsWhere(
      ({ known, owner }) =>
        known?.isDisabled === true || (typeof owner === 'object' && owner.isDisabled && !known),
    )
    for (const deed of ['log_in', 'create', 'claim', 'link']) expect(disabled).not.toContain(deed)
  })

  it('an email that is kept for its former user becomes nobody’s', () => {
    const kept = verdictsWhere(({ known, owner }) => !known && owner === 'kept')
    expect([...kept].sort()).toEqual(['already_taken', 'provider_email_unverified'])
  })
})
