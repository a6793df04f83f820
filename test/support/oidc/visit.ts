/** What a person does at the provider's page. */
export type Visit = {
  /** The name to log in by. */
  as: string
  /** Where the person cancels instead: at the log-in or at the consent. */
  cancelAt?: 'login' | 'consent'
  /** Of a browser that was at the provider before, and so need not log in again. */
  cookies?: Map<string, string>
}

/**
 * Walks from an authorization URL to where the provider sends the browser back, without a browser: follows redirects, keeps
 * cookies, fills in the forms. Gives the callback's URL, which it does not open.
 */
export async function visit(
  authorizationUrl: string,
  { as, cancelAt, cookies = new Map() }: Visit,
): Promise<string> {
  const { origin } = new URL(authorizationUrl)
  let next = new URL(authorizationUrl)
  let form: URLSearchParams | undefined
  for (let steps = 0; steps < 20; steps++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(next, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    })
    keepCookies(cookies, answer.headers.getSetCookie())
    const location = answer.headers.get('location')
    const text = await answer.text()
    form = undefined
    if (location !== null) {
      next = new URL(location, next)
      if (next.origin !== origin) return next.href
      continue
    }
    // What submits itself: the provider leaves its session of somebody else.
    const own = /<form method="post" action="([^"]+)">/.exec(text)?.[1]
    if (own) {
      next = new URL(own)
      const fields = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
      form = new URLSearchParams([...fields].map(([, name = '', value = '']) => [name, value]))
      continue
    }
    const prompt = /<form [^>]*data-prompt="(\w+)"/.exec(text)?.[1]
    if (!prompt) throw new Error(`the provider answered ${answer.status}: ${text.slice(0, 400)}`)
    form = new URLSearchParams({ name: as, do: prompt === cancelAt ? 'cancel' : 'go' })
  }
  throw new Error('the provider went round in circles')
}

function keepCookies(cookies: Map<string, string>, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    const until = /;\s*expires=([^;]+)/i.exec(line)?.[1]
    if (until !== undefined && Date.parse(until) < Date.now()) cookies.delete(name)
    else cookies.set(name, value)
  }
}
