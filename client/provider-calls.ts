import { fieldsOf, hasTexts, readJson } from './answers.ts'
import { type Begun, type Flow, keepFlow, page, type Return } from './flow-begin.ts'
import { failureOf, handOver, leaveFor, returnOf, takeFlow, takeReturn } from './flows.ts'
import { isIdentity } from './identity-calls.ts'
import { createLogIn } from './log-in.ts'
import type { Mode } from './mode.ts'
import { postRequest, WITH_COOKIE } from './posts.ts'
import { type Platform, send, serviceRequest } from './request.ts'
import type { Completed, Identity, ProviderInfo, ProviderOptions } from './types.ts'

type Deps = {
  platform: Platform
  name: string
  url: (path: string) => URL
  mode: Mode
}

const EXCHANGE = 'auth/oauth/exchange'

export type ProviderCalls = ReturnType<typeof createProviderCalls>

/** The calls around providers. A flow ends where it began if there is a popup, and else on the page of `returnTo`. */
export function createProviderCalls({ platform, name, url, mode }: Deps) {
  const logIn = createLogIn({ url, mode })

  /** Sends the browser, or the popup, to the provider, and gives what the popup comes back with. */
  async function goTo(
    { flow, popup }: Begun,
    provider: string,
    { returnTo }: ProviderOptions,
  ): Promise<Return> {
    const { intent } = flow
    const path = `auth/oauth/${encodeURIComponent(provider)}/start`
    const body = { intent, ...(returnTo !== undefined && { return_to: returnTo }) }
    const request = postRequest(url(path), body, WITH_COOKIE)
    const pending = intent === 'login' ? send(platform, request) : mode.send(request)
    const { authorization_url: target } = await readJson(pending, isStarted)
    if (popup) {
      const back = returnOf(name, flow, popup)
      popup.location.replace(target)
      return back
    }
    // Where the browser blocks popups, or knows none.
    keepFlow(name, { ...flow, isPopup: false })
    return leaveFor(target)
  }

  const ends = {
    login: (back: Return, invitation?: string) =>
      logIn(
        EXCHANGE,
        { ...codeOf(back), ...(invitation !== undefined && { invitation }) },
        WITH_COOKIE,
      ),
    link: async (back: Return) => (await readJson(mode.send(exchangeOf(back)), isLinked)).linked,
    reauth: async (back: Return) => void (await mode.raise(exchangeOf(back))),
  }
  const exchangeOf = (back: Return) => postRequest(url(EXCHANGE), codeOf(back), WITH_COOKIE)

  return {
    async providers(): Promise<ProviderInfo[]> {
      const request = serviceRequest(url('auth/providers'))
      return (await readJson(send(platform, request), isProviders)).providers
    },
    loginWith: async (begun: Begun, provider: string, options: ProviderOptions) =>
      ends.login(await goTo(begun, provider, options), options.invitation),
    link: async (begun: Begun, provider: string, options: ProviderOptions): Promise<Identity> =>
      ends.link(await goTo(begun, provider, options)),
    reauthWith: async (begun: Begun, provider: string, options: ProviderOptions) =>
      ends.reauth(await goTo(begun, provider, options)),
    async complete(): Promise<Completed | undefined> {
      const back = takeReturn()
      if (!back) return undefined
      const flow: Flow = takeFlow(name)
      const { intent } = flow
      if (flow.isPopup && (await handOver(name, flow, back))) {
        page.close?.()
        return undefined
      }
      if (intent === 'link') return { intent, linked: await ends.link(back) }
      if (intent === 'login') return { intent, ...(await ends.login(back, flow.invitation)) }
      await ends.reauth(back)
      return { intent }
    },
  }
}

function codeOf(back: Return): { code: string } {
  if ('error' in back) throw failureOf(back.error)
  return back
}

function isStarted(value: unknown): value is { authorization_url: string } {
  return hasTexts(value, 'authorization_url')
}

function isProviders(value: unknown): value is { providers: ProviderInfo[] } {
  const { providers } = fieldsOf(value)
  return Array.isArray(providers) && providers.every((one) => hasTexts(one, 'id', 'name'))
}

function isLinked(value: unknown): value is { linked: Identity } {
  return isIdentity(fieldsOf(value).linked)
}
