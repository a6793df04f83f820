import { AuthError } from './errors.ts'
import { type Channel, type Flow, keepFlow, type Popup, page, type Return } from './flow-begin.ts'
import type { ErrorCode } from './types.ts'

const HAND_OVER_MS = 1_000
const LOOK_MS = 1_000
const CLOSED_LOOKS = 3

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
