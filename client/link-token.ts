/** The part of `location` that is needed. */
export type LinkLocation = { readonly href: string }

/** The part of `History` that is needed. */
type PageHistory = {
  readonly state: unknown
  replaceState(state: unknown, unused: string, url: string): void
}

/** As the service writes it; what looks otherwise is somebody else's parameter. */
const TOKEN = /^token=([\w.-]+)$/

/**
 * Reads the token of a mail's link from the page's address, after `#` or `?`, and removes it there, so that neither the
 * history nor a copied address keeps it. What else the address holds stays. So it gives the token once: keep it.
 */
export function tokenOfLink(
  location: LinkLocation | undefined = globalThis.location,
): string | undefined {
  if (!location) return undefined
  const url = new URL(location.href)
  for (const part of ['hash', 'search'] as const) {
    const parameters = url[part].slice(1).split('&')
    const at = parameters.findIndex((parameter) => TOKEN.test(parameter))
    const [, token] = TOKEN.exec(parameters[at] ?? '') ?? []
    if (token === undefined) continue
    url[part] = parameters.filter((_, index) => index !== at).join('&')
    const { history } = globalThis as { history?: PageHistory }
    history?.replaceState(history.state, '', url.href)
    return token
  }
  return undefined
}
