import type { Context } from 'hono'
import { AppError } from '../../../errors.ts'
import { type AppEnv, idsOf } from '../../../http/context.ts'
import { isOwnOrigin } from '../../../middleware/forgery.ts'
import { formBody } from '../../../middleware/form-body.ts'

/** Where browsers reach this service: by the configuration, or, where that does not say, by the address that they asked for. */
export function ownOriginOf(c: Context<AppEnv>): string {
  return new URL(c.get('deps').publicUrl() ?? c.req.url).origin
}

/** The refusal of a form that no page of this service sent. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm'
}

/**
 * Returns the fields of a form that a page of this service sent. Throws `ForeignForm` for one of any other page, and of a
 * sender that does not say (RFC 6454 section 7.3), and a problem for what is no form, or names a field twice.
 */
export async function ownForm(c: Context<AppEnv>): Promise<Record<string, string>> {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOwn = origin !== undefined && isOwnOrigin(c, origin)
  if (!isOwn && site === 'same-origin') warnOfAddress(c)
  if (!isOwn || (site !== undefined && site !== 'same-origin')) throw new ForeignForm()
  await formBody.middleware(c, async () => {})
  // What `formBody` leaves there.
  const form = (await c.req.bodyCache.formData) as unknown as URLSearchParams
  return onceEach(form)
}

/** A browser says that the form is of the page's own origin. Then it is the service that does not know its own. */
function warnOfAddress(c: Context<AppEnv>): void {
  const reason =
    'PUBLIC_URL is not the address by which browsers reach this service; set it to that.'
  c.get('deps').logger.warn('form_refused', { ...idsOf(c), own_origin: ownOriginOf(c), reason })
}

/** Returns parameters by their names. Throws for a name that stands twice, for nobody could say which one is meant. */
export function onceEach(parameters: URLSearchParams): Record<string, string> {
  const names = [...parameters.keys()]
  if (new Set(names).size < names.length) throw new AppError('malformed_request')
  return Object.fromEntries(parameters)
}
