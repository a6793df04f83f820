import { fieldsOf, hasTexts, readConfirmation, readJson } from './answers.ts'
import type { FederationCalls } from './auth-client.ts'
import type { BearerAuth } from './bearer-auth.ts'
import {
  type Flow,
  failureOf,
  handOver,
  type Intent,
  keepFlow,
  leaveFor,
  openPopup,
  page,
  type Return,
  returnOf,
  takeFlow,
  takeReturn,
} from './flows.ts'
import type { LogIn } from './log-ins.ts'
import type { Raise } from './raise.ts'
import { type Platform, postRequest, send, serviceRequest } from './request.ts'
import type { Completed, Identity, IdentityList, ProviderInfo, ProviderOptions } from './types.ts'

type Deps = {
  platform: Platform
  name: string
  url: (path: string) => URL
  bearerAuth: BearerAuth
  logIn: LogIn
  raise: Raise
}

/** The cookie of the flow goes with these requests, and no other. */
const WITH_COOKIE = { credentials: 'include' } as const
const EXCHANGE = 'auth/oauth/exchange'

/** The calls around providers. A flow ends where it began if there is a popup, and else on the page of `returnTo`. */
export function createFederationCalls(deps: Deps): FederationCalls {
  const { platform, name, url, bearerAuth, logIn, raise } = deps
  let completing: Promise<Completed | undefined> | undefined

  /** Sends the browser, or a popup, to the provider, and gives what the popup comes back with. */
  async function goTo(provider: string, intent: Intent, options: ProviderOptions): Promise<Return> {
    const { mode, returnTo, invitation } = options
    const isPopup = mode === 'popup'
    const flow: Flow = { id: `${Date.now()}.${Math.random()}`, intent, isPopup, invitation }
    const popup = isPopup ? openPopup(name, flow) : undefined
    try {
      const path = `auth/oauth/${encodeURIComponent(provider)}/start`
      const body = { intent, ...(returnTo !== undefined && { return_to: returnTo }) }
      const request = postRequest(url(path), body, WITH_COOKIE)
      const pending = intent === 'login' ? send(platform, request) : bearerAuth.send(request)
      const { authorization_url: target } = await readJson(pending, isStarted)
      if (popup) {
        const back = returnOf(name, flow, popup)
        popup.location.replace(target)
        return await back
      }
      // Where the browser blocks popups, or knows none.
      keepFlow(name, { ...flow, isPopup: false })
      return await leaveFor(target)
    } finally {
      popup?.close()
    }
  }

  const ends = {
    login: (back: Return, invitation?: string) =>
      logIn(
        EXCHANGE,
        { ...codeOf(back), ...(invitation !== undefined && { invitation }) },
        WITH_COOKIE,
      ),
    link: async (back: Return) =>
      (await readJson(bearerAuth.send(exchangeOf(back)), isLinked)).linked,
    reauth: async (back: Return) => void (await raise(exchangeOf(back))),
  }
  const exchangeOf = (back: Return) => postRequest(url(EXCHANGE), codeOf(back), WITH_COOKIE)

  async function complete(): Promise<Completed | undefined> {
    const back = takeReturn()
    if (!back) return undefined
    const flow = takeFlow(name)
    const { intent } = flow
    if (flow.isPopup && (await handOver(name, flow, back))) {
      page.close?.()
      return undefined
    }
    if (intent === 'link') return { intent, linked: await ends.link(back) }
    if (intent === 'login') return { intent, ...(await ends.login(back, flow.invitation)) }
    await ends.reauth(back)
    return { intent }
  }

  return {
    async providers() {
      const request = serviceRequest(url('auth/providers'))
      return (await readJson(send(platform, request), isProviders)).providers
    },
    loginWith: async (provider, options = {}) =>
      ends.login(await goTo(provider, 'login', options), options.invitation),
    link: async (provider, options = {}) => ends.link(await goTo(provider, 'link', options)),
    reauthWith: async (provider, options = {}) =>
      ends.reauth(await goTo(provider, 'reauth', options)),
    completeLogin() {
      completing ??= complete().finally(() => {
        completing = undefined
      })
      return completing
    },
    linkIdentity: (link_token) =>
      readJson(
        bearerAuth.send(postRequest(url('auth/identities'), { link_token }, WITH_COOKIE)),
        isIdentity,
      ),
    identities: () =>
      readJson(bearerAuth.send(serviceRequest(url('auth/identities'))), isIdentityList),
    unlink: (id) =>
      readConfirmation(
        bearerAuth.send(
          serviceRequest(url(`auth/identities/${encodeURIComponent(id)}`), { method: 'DELETE' }),
        ),
      ),
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

function isIdentity(value: unknown): value is Identity {
  return hasTexts(value, 'id', 'provider')
}

function isLinked(value: unknown): value is { linked: Identity } {
  return isIdentity(fieldsOf(value).linked)
}

function isIdentityList(value: unknown): value is IdentityList {
  const { identities } = fieldsOf(value)
  return Array.isArray(identities) && identities.every(isIdentity)
}
