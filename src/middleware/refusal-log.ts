import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { AppError } from '../errors.ts'
import { type AppEnv, idsOf } from '../http/context.ts'
import { clientOf } from './client.ts'

/**
 * Logs a refused credential, or a try over a limit, in one line, so that people and tools can see a wave. Account and
 * address are pseudonyms: identifiers as typed may be passwords in the wrong field.
 */
export async function logRefusal(c: Context<AppEnv>, error: Error): Promise<void> {
  if (!(error instanceof AppError)) return
  const { refusal, limit } = error.options
  const { logger, pseudonyms } = c.get('deps')
  const of = async () => {
    const { ip } = clientOf(c)
    const address = ip === null ? undefined : await pseudonyms.address(ip)
    return { ...idsOf(c), route: routePath(c, -1), address }
  }
  if (limit) {
    // An address that is a proxy's, because nobody said that there is one, makes one client of everybody.
    const is_forwarded = c.req.header('x-forwarded-for') !== undefined || undefined
    logger.warn('limit_reached', { ...(await of()), limit: limit.name, is_forwarded })
  }
  if (refusal) {
    const { identifierKey, ...told } = refusal
    const account = await pseudonyms.account(identifierKey)
    logger.warn('credential_refused', { ...(await of()), code: error.code, ...told, account })
  }
}
