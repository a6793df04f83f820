import { AuthError } from './errors.ts'
import type { ErrorCode } from './types.ts'

export type Intent = 'login' | 'link' | 'reauth'
/** A way to a provider and back, which the page that it ends on has to know of. */
export type Flow = {
  id: string
  intent: Intent
  isPopup: boolean
  invitation?: string | undefined
}
/** What the service sent the browser back with. */
export type Return = { code: string } | { error: string }

export type Popup = {
  readonly closed: boolean
  readonly location: { replace(url: string): void }
  close(): void
}
type Channel = {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(message: unknown): void
  close(): void
}
/** What pages have of it. Servers have none. */
type Page = {
  location?: { readonly href: string; assign(url: string): void }
  history?: { readonly state: unknown; replaceState(state: unknown, _: string, url: string): void }
  sessionStorage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  document?: { hasFocus(): boolean }
  addEventListener?(type: string, listener: (event: { persisted?: boolean }) => void): void
  open?(url: string, target: string, features: string): Popup | null
  close?(): void
  BroadcastChannel?: new (name: string) => Channel
}
export const page = globalThis as unknown as Page

const HAND_OVER_MS = 1_000
const LOOK_MS = 1_000
const CLOSED_LOOKS = 3
const POPUP = 'popup,width=500,height=680'

/** Takes what the service added to the page's address out of it, so that neither the history nor a copied address keeps it. */
export function takeReturn(): Return | undefined {
  if (!page.location) return undefined
  const url = new URL(page.location.href)
  const [code, error] = ['code', 'error'].map((name) => url.searchParams.get(name))
  if (!code && !error) return undefined
  const kept = url.search.slice(1).split('&')
  url.search = kept.filter((parameter) => !/^(code|error)=/.test(parameter)).join('&')
  page.history?.replaceState(page.history.state, '', url.href)
  return code ? { code } : { error: error ?? '' }
}

/** Keeps a flow in this tab, over what it loads meanwhile. */
export function keepFlow(name: string, flow: Flow | undefined): void {
  try {
    if (flow) page.sessionStorage?.setItem(`${name}:flow`, JSON.stringify(flow))
    else page.sessionStorage?.removeItem(`${name}:flow`)
  } catch {
    // Without it the service's answer still tells what was done.
  }
}

/** Gives the flow that ends in this tab, once. */
export function takeFlow(name: string): Flow {
  let found: string | null | undefined
  try {
    found = page.sessionStorage?.getItem(`${name}:flow`)
  } catch {
    // As above.
  }
  keepFlow(name, undefined)
  return JSON.parse(found ?? 'null') ?? { id: '', intent: 'login', isPopup: false }
}

/** Opens a window at once, as browsers allow in a click alone. It finds the flow in its copy of this tab's storage. */
export function openPopup(name: string, flow: Flow): Popup | undefined {
  if (!page.BroadcastChannel) return undefined
  keepFlow(name, flow)
  const popup = page.open?.('', '_blank', POPUP) ?? undefined
  keepFlow(name, undefined)
  return popup
}

/** Leaves the page. So it never ends, unless the person comes back to the page by "back". */
export function leaveFor(target: string): Promise<never> {
  return new Promise((_, reject) => {
    page.addEventListener?.('pageshow', ({ persisted }) => {
      if (persisted) reject(failureOf('provider_denied'))
    })
    page.location?.assign(target)
  })
}

/** Waits for what the popup comes back with. Rejects with `provider_denied` if the person closes it. */
export function returnOf(name: string, { id }: Flow, popup: Popup): Promise<Return> {
  return new Promise((resolve, reject) => {
    const channel = channelOf(name, id)
    let looks = 0
    const watch = setInterval(() => {
      // Pages can cut off who opened them, which looks as if they were closed. But the person is there then, and not here.
      looks = popup.closed && page.document?.hasFocus() ? looks + 1 : 0
      if (looks < CLOSED_LOOKS) return
      end()
      reject(failureOf('provider_denied'))
    }, LOOK_MS)
    const end = () => {
      clearInterval(watch)
      channel?.close()
    }
    if (!channel) return
    channel.onmessage = ({ data }) => {
      channel.postMessage('taken')
      end()
      resolve(data as Return)
    }
  })
}

/** In a popup: gives what it came back with to the tab that waits. False if none does any more. */
export async function handOver(name: string, { id }: Flow, back: Return): Promise<boolean> {
  const channel = channelOf(name, id)
  if (!channel) return false
  const isTaken = await new Promise<boolean>((resolve) => {
    channel.onmessage = () => resolve(true)
    setTimeout(() => resolve(false), HAND_OVER_MS)
    channel.postMessage(back)
  })
  channel.close()
  return isTaken
}

/** What is thrown for an error that came with the browser, and not as an answer. */
export function failureOf(code: string): AuthError {
  const isCode = /^[a-z_]+$/.test(code)
  return new AuthError({
    status: 0,
    code: isCode ? (code as ErrorCode) : 'unknown_error',
    title: 'The sign-in at the provider was not completed.',
  })
}

function channelOf(name: string, id: string): Channel | undefined {
  return page.BroadcastChannel && new page.BroadcastChannel(`${name}:flow:${id}`)
}
