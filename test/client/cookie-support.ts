import { expect } from 'vitest'
import type { AuthClientOptions, createAuthClient } from '../../client/index.ts'
import type { TestApp } from '../support/app.ts'
import { APP_ORIGIN } from '../support/cookies.ts'
import { createBrowser, type Fault } from './support.ts'

/** What a service needs whose sessions a page of `APP_ORIGIN` has by cookie. */
export const BY_COOKIE = { COOKIE_ORIGINS: APP_ORIGIN }
export const API = 'https://api.example.org'

/** One turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))

async function passTurns(turns: number): Promise<void> {
  for (let turnsLeft = turns; turnsLeft >= 0; turnsLeft--) await turn()
}

/** A browser whose tabs share one cookie jar, and an API beside the service that keeps what it is asked. */
export function createCookieBrowser(t: TestApp) {
  const jar = new Map<string, string>()
  const browser = createBrowser(t)
  const asked: Request[] = []
  let count = 0
  const faults: Fault[] = []
  const key = `${browser.key}:cookie`

  async function toService(request: Request): Promise<Response> {
    const sent = new Request(request)
    sent.headers.set('origin', APP_ORIGIN)
    sent.headers.set('sec-fetch-site', 'same-site')
    const withCookie = request.credentials === 'include'
    if (withCookie) sent.headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '))
    // What goes over a network comes later, and overtakes what was sent before.
    const turns = (count++ * 7) % 5
    await passTurns(turns)
    const answer = await t.app.fetch(sent)
    await passTurns(turns)
    if (withCookie) for (const line of answer.headers.getSetCookie()) take(line)
    return answer
  }
  function take(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/Max-Age=0\b/.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
  async function fetch(request: Request): Promise<Response> {
    request.signal.throwIfAborted()
    if (new URL(request.url).origin === API) {
      asked.push(request.clone())
      return Response.json({ authorization: request.headers.get('authorization') })
    }
    browser.sent.push(request.clone())
    const fault = faults.shift()
    return fault ? fault(request, toService) : toService(request)
  }

  const options = { credentials: 'cookie', trustedOrigins: [API], fetch } as const
  return {
    ...browser,
    key,
    jar,
    faults,
    /** Lets time go by, from timer to timer, until something is so. */
    async until(isSo: () => boolean) {
      await expect
        .poll(() => {
          const done = isSo()
          if (!done && browser.timers().length > 0) browser.nextTimer()
          return done
        })
        .toBe(true)
    },
    /** What the API was asked. */
    asked,
    tab: (more: Partial<AuthClientOptions> = {}) => browser.tab({ ...options, ...more }),
    tabOf: (create: typeof createAuthClient, more: Partial<AuthClientOptions> = {}) =>
      browser.tabOf(create, { ...options, ...more }),
    clientOnServer: (more: Partial<AuthClientOptions> = {}) =>
      browser.clientOnServer({ ...options, ...more }),
  }
}
