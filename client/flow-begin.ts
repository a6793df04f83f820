import type { ProviderOptions } from './types.ts'

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
/** What is done within the click. All else is loaded when it is needed. */
export type Begun = { flow: Flow; popup: Popup | undefined }

export type Channel = {
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

const POPUP = 'popup,width=500,height=680'

/** Keeps a flow in this tab, over what it loads meanwhile. */
export function keepFlow(name: string, flow: Flow | undefined): void {
  try {
    if (flow) page.sessionStorage?.setItem(`${name}:flow`, JSON.stringify(flow))
    else page.sessionStorage?.removeItem(`${name}:flow`)
  } catch {
    // Without it the service's answer still tells what was done.
  }
}

/** Begins a flow. It opens the popup at once, if there is to be one. */
export function beginFlow(name: string, intent: Intent, options: ProviderOptions): Begun {
  const { mode, invitation } = options
  const isPopup = mode === 'popup'
  const flow: Flow = { id: `${Date.now()}.${Math.random()}`, intent, isPopup, invitation }
  return { flow, popup: isPopup ? openPopup(name, flow) : undefined }
}

/** Opens a window at once, as browsers allow in a click alone. It finds the flow in its copy of this tab's storage. */
function openPopup(name: string, flow: Flow): Popup | undefined {
  if (!page.BroadcastChannel) return undefined
  keepFlow(name, flow)
  const popup = page.open?.('', '_blank', POPUP) ?? undefined
  keepFlow(name, undefined)
  return popup
}
