import { type Invitation, invite } from '../../src/core/invitations/invite.ts'
import type { TestApp } from './app.ts'
import { quoted } from './names.ts'

/** Issues an invitation as `npm run invite` does, for one address or for whoever has it. */
export async function invited(t: TestApp, email?: string): Promise<Invitation & { id: string }> {
  const invitation = await invite(t.deps, { email })
  const ref = await t.deps.oneTimeTokens.open('invitation', invitation.token)
  return { ...invitation, id: ref?.id ?? '' }
}

/** True while an invitation can be used, as far as its row says. */
export async function isUnused(t: TestApp, { id }: { id: string }): Promise<boolean> {
  const found = await t.column(
    `select id::text from edge_auth.invitations where id = ${quoted(id)}`,
  )
  return found.length === 1
}
