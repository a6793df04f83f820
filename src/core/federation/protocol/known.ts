import type { ProviderContext } from '../create-providers.ts'
import { SPECS } from '../providers.ts'
import type { ProviderSettings } from '../settings.ts'
import { FRESH_LOGIN, OPENID, type ProviderSpec } from '../spec.ts'

/** A provider with all that is known of it. */
export type KnownProvider = Omit<ProviderSettings, 'tenant'> & ProviderSpec
export type KnownContext = Omit<ProviderContext, 'settings'> & { settings: KnownProvider }

/** Adds what the literal of a provider says to what the configuration does. */
export function known(context: ProviderContext): KnownContext {
  const { tenant: _, ...settings } = context.settings
  return { ...context, settings: { ...settings, ...specOf(context.settings) } }
}

/** Returns what is known of a provider, at the address where it is. */
export function specOf({ id, openid, baseUrl, tenant }: ProviderSettings): ProviderSpec {
  if (openid) return { ...OPENID, atReauth: FRESH_LOGIN, ...openid }
  const spec = SPECS[id]
  if (!spec) throw new TypeError(`no provider is known as ${id}`)
  return { ...moved(spec, baseUrl), ...(tenant === undefined ? {} : { tenant }) }
}

/** Another address is another issuer, and nothing that is asked stays at the first. */
function moved(spec: ProviderSpec, base: string | undefined): ProviderSpec {
  if (base === undefined) return spec
  const there = (url: string) => base + url.slice(new URL(url).origin.length)
  const { endpoints, issuer, tenant } = spec
  if (endpoints) {
    const all = Object.entries(endpoints).map(([name, url]) => [name, there(url)])
    return { ...spec, issuer: base, endpoints: Object.fromEntries(all), origins: [] }
  }
  return { ...spec, issuer: tenant === undefined ? base : there(issuer), origins: [] }
}
