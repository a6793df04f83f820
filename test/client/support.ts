import { setMaxListeners } from 'node:events'
import { vi } from 'vitest'
import { type AuthClientOptions, createAuthClient, memoryStorage } from '../../client/index.ts'
import type { TestApp } from '../support/app.ts'

type Fetch = (request: Request) => Promise<Response>
/** Something between a client and the service that answers in its place, or passes the request on. */
export type Fault = (request: Request, pass: Fetch) => Promise<Response>

type Timer = { at: number; run: () => void }

let machines = 0

/** A browser: tabs that share one storage and one clock, on a network where things can go wrong. */
export function createBrowser(t: TestApp) {
  const baseUrl = `https://auth${++machines}.example.org`
  const storage = memoryStorage()
  const sent: Request[] = []
  const waits: number[] = []
  const faults: Fault[] = []
  const timers = new Set<Timer>()
  let ahead = 0
  let loggedOut = 0

  const pass: Fetch = (request) => Promise.resolve(t.app.fetch(request.clone()))
  const options = {
    baseUrl,
    storage,
    onLoggedOut: () => {
      loggedOut++
    },
    fetch: async (request: Request) => {
      request.signal.throwIfAborted()
      sent.push(request)
      const fault = faults.shift()
      return fault ? fault(request, pass) : pass(request)
    },
    clock: {
      now: () => Date.now() + ahead,
      sleep: async (milliseconds: number) => {
        waits.push(milliseconds)
        ahead += milliseconds
      },
      setTimer: (run: () => void, milliseconds: number) => {
        const timer = { at: Date.now() + ahead + milliseconds, run }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
  } satisfies AuthClientOptions

  return {
    storage,
    sent,
    /** How long clients slept before they tried again. */
    waits,
    /** What befalls the next requests, one each. */
    faults,
    key: `edge-auth:${baseUrl}/`,
    loggedOut: () => loggedOut,
    tab: (more: Partial<AuthClientOptions> = {}) => createAuthClient({ ...options, ...more }),
    /** A client of another version in the same page. */
    tabOf: (create: typeof createAuthClient, more: Partial<AuthClientOptions> = {}) =>
      create({ ...options, ...more }),
    /** The same where there is no page, as when a server renders one. */
    clientOnServer: (more: Partial<AuthClientOptions> = {}) => {
      const { now, sleep } = options.clock
      return createAuthClient({ ...options, clock: { now, sleep }, ...more })
    },
    /** How many requests went to a path. */
    count: (path: string) => sent.filter(({ url }) => new URL(url).pathname === path).length,
    /** Time goes by, for the browser and the service alike, while the computer sleeps: no timer runs. */
    pass: (seconds: number) => {
      ahead += seconds * 1000
      t.advance(seconds)
    },
    /** How far ahead the timers are that wait, in milliseconds. */
    timers: () => [...timers].map(({ at }) => at - Date.now() - ahead),
    /** Time goes by until the next timer, which runs. */
    nextTimer: () => {
      const [next] = [...timers].toSorted((a, b) => a.at - b.at)
      if (!next) throw new Error('there is no timer')
      timers.delete(next)
      const wait = Math.max(0, next.at - Date.now() - ahead)
      ahead += wait
      t.advance(wait / 1000)
      next.run()
    },
  }
}

/** The service acts, but its answer never arrives. */
export const loseAnswer: Fault = async (request, pass) => {
  await pass(request)
  throw new TypeError('Failed to fetch')
}

export const offline: Fault = () => Promise.reject(new TypeError('Failed to fetch'))

/** A busy server that did nothing. */
export const busy =
  (headers: Record<string, string>, status = 503): Fault =>
  async () =>
    new Response('busy', { status, headers })

/** An answer that comes when the test says so; `asked` ends once it is waited for. */
export function heldAnswer() {
  const asked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const fault: Fault = async (request, pass) => {
    asked.resolve()
    await released.promise
    return pass(request)
  }
  return { fault, asked: asked.promise, release: released.resolve }
}

/** What stands between a traveller and the network, and answers in everybody's place. */
export const PORTALS: Record<string, Fault> = {
  'an empty object': async () => Response.json({}),
  'an object of other types': async () =>
    Response.json({ access_token: 1, refresh_token: '', expires_in: 'soon', sessions: {} }),
  'a page': async () => new Response('<h1>Welcome to the hotel</h1>', { status: 200 }),
  'a redirect': async () => Response.redirect('https://portal.example.org/', 302),
  'a page that demands to authenticate': async () =>
    new Response('<h1>Please pay</h1>', { status: 511 }),
}

/** The events of a page, where there is none. */
export function createPage() {
  const target = new EventTarget()
  setMaxListeners(0, target)
  const listening = new Map<string, number>()
  const count = (type: string, change: number) =>
    listening.set(type, (listening.get(type) ?? 0) + change)
  vi.stubGlobal('addEventListener', (type: string, listener: EventListener) => {
    count(type, 1)
    target.addEventListener(type, listener)
  })
  vi.stubGlobal('removeEventListener', (type: string, listener: EventListener) => {
    count(type, -1)
    target.removeEventListener(type, listener)
  })
  return {
    tell: (type: string) => target.dispatchEvent(new Event(type)),
    listeners: () => [...listening.values()].reduce((sum, some) => sum + some, 0),
    [Symbol.dispose]: () => void vi.unstubAllGlobals(),
  }
}
