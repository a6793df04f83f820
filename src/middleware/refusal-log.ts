import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { clientOf } from './client.ts'

/**
 * Logs a refused credential in one line, so that people and tools can see a wave. Account and address are pseudonyms:
 * identifiers as typed may be passwords in the wrong field.
 */
export async function logRefusal(c: Context<AppEnv>, error: Error): Promise<void> {
  if (!(error instanceof AppError) || !error.options.refusal) return
  const { identifierKey, ...refusal } = error.options.refusal
  const { logger, pseudonyms } = c.get('deps')
  const { ip } = clientOf(c)
  logger.warn('credential_refused', {
    request_id: c.get('requestId'),
    route: routePath(c, -1),
    code: error.code,
    ...refusal,
    account: await pseudonyms.account(identifierKey),
    address: ip === null ? undefined : await pseudonyms.address(ip),
  })
}
