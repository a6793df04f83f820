import type { FieldProblem } from '../../errors.ts'

/** Domains in ASCII and lower case; each covers its subdomains. */
export type MailDomains = Readonly<{
  /** The only ones there may be. None allows all. */
  allowed: readonly string[]
  /** Goes before `allowed`. */
  blocked: readonly string[]
}>

/** Returns why no account may have this email, or undefined if one may. The email is as `mailbox` writes it. */
export function refuseDomain(
  { allowed, blocked }: MailDomains,
  pointer: string,
  email: string,
): FieldProblem | undefined {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  const isCovered = (by: string) => domain === by || domain.endsWith(`.${by}`)
  const isAllowed = allowed.length === 0 || allowed.some(isCovered)
  if (isAllowed && !blocked.some(isCovered)) return undefined
  const detail = 'Email addresses of this domain are not accepted here. Please use another.'
  return { pointer, code: 'domain_not_allowed', detail }
}
