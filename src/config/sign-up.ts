import { z } from 'zod'
import type { SignupSettings } from '../core/invitations/settings.ts'
import { mailbox } from '../utils/identifiers.ts'
import type { Rule, ValuesOf } from './kinds.ts'

const MODES = ['open', 'invite', 'closed'] as const

const domains = z
  .string()
  .transform((list, context) => {
    const named = list
      .split(',')
      .map((domain) => domain.trim())
      .filter(Boolean)
    const ascii = named.map(asciiDomain).filter((domain) => domain !== undefined)
    if (ascii.length === named.length) return ascii
    context.addIssue(
      'must be a comma-separated list of domains such as example.org, with no @ and no *; each covers its subdomains',
    )
    return z.NEVER
  })
  .default([])

export const variables = {
  SIGNUP: z.enum(MODES, `must be one of ${MODES.join(', ')}`).default('open'),
  SIGNUP_ALLOWED_DOMAINS: domains,
  SIGNUP_BLOCKED_DOMAINS: domains,
}

type Values = ValuesOf<typeof variables>

export const rules: Rule<Values>[] = [
  {
    at: 'SIGNUP_BLOCKED_DOMAINS',
    holds: ({ SIGNUP_ALLOWED_DOMAINS: allowed, SIGNUP_BLOCKED_DOMAINS: blocked }) =>
      !Array.isArray(allowed) ||
      !Array.isArray(blocked) ||
      !blocked.some((domain) => allowed.includes(domain)),
    error: 'names a domain that SIGNUP_ALLOWED_DOMAINS names too',
  },
]

export function settings(values: Values): SignupSettings {
  return {
    mode: values.SIGNUP,
    domains: { allowed: values.SIGNUP_ALLOWED_DOMAINS, blocked: values.SIGNUP_BLOCKED_DOMAINS },
  }
}

/** Spells a domain as it stands in the canonical form of an email. A top-level domain is one, too. */
function asciiDomain(domain: string): string | undefined {
  const address = /@|\*/.test(domain) ? undefined : mailbox(`postmaster@mail.${domain}`)
  return address?.slice('postmaster@mail.'.length).toLowerCase()
}
