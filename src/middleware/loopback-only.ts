import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../http/context.ts'
import { notFound } from '../http/problem.ts'
import { isLoopbackHost } from '../utils/loopback.ts'
import { clientOf } from './client.ts'
import { isFromHere, isOpenedByPerson } from './fetch-metadata.ts'

/** What proxies add. Behind one, everybody comes from a loopback address. */
const FORWARDED = /^(?:forwarded|via|x-real-ip|x-forwarded-.+)$/

/**
 * Answers as if there were nothing, unless a browser or program of this machine asks for its own sake: not a proxy, not
 * another site's page, and not a page whose host name was pointed at this machine (DNS rebinding).
 */
export const loopbackOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!isLocal(c)) return notFound(c)
  await next()
})

function isLocal(c: Context<AppEnv>): boolean {
  const site = c.req.header('sec-fetch-site')
  return (
    isLoopbackHost(clientOf(c).ip ?? '') &&
    isLoopbackHost(hostnameOf(c)) &&
    !Object.keys(c.req.header()).some((name) => FORWARDED.test(name)) &&
    (site === 'none' || isFromHere(c) || isOpenedByPerson(c))
  )
}

/** As the client wrote it, which need not be what the server made of it. */
function hostnameOf(c: Context<AppEnv>): string {
  const host = c.req.header('host')
  const url = host === undefined ? c.req.url : `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}
