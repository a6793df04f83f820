import type { Context } from 'hono'
import type { AppEnv } from '../http/context.ts'

/**
 * True unless the browser says that a page of another origin sends this request (Fetch Metadata). Programs and old
 * browsers say nothing.
 */
export function isFromHere(c: Context<AppEnv>): boolean {
  const site = c.req.header('sec-fetch-site')
  return site === undefined || site === 'same-origin'
}

/** True if a person opens this address by a link, a bookmark or the address bar, in a tab and not in a frame. */
export function isOpenedByPerson(c: Context<AppEnv>): boolean {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  return (
    isRead &&
    c.req.header('sec-fetch-mode') === 'navigate' &&
    c.req.header('sec-fetch-dest') === 'document'
  )
}
