import type { Context } from 'hono'
import type { Opener } from '../core/sessions/open.ts'
import type { Transport } from '../core/sessions/session.ts'
import type { AppEnv } from '../http/context.ts'
import { requesterOf } from './language.ts'

/**
 * Returns who asks for a session, and what shall carry it. Throws `csrf_refused` where that is a cookie and another site's
 * page asks: nobody is logged in to somebody else's account without knowing it.
 */
export async function openerOf<Env extends AppEnv>(
  c: Context<Env>,
  transport: Transport,
): Promise<Opener> {
  if (transport === 'cookie') {
    const { refuseForgery } = await import('./forgery.ts')
    refuseForgery(c)
  }
  return { ...requesterOf(c), transport }
}
