import type { Visit } from './visit.ts'

const WIDGET = 'https://challenges.cloudflare.com'
/** What Cloudflare's widget calls its field. */
const FIELD = 'cf-turnstile-response'

/** Cloudflare's widget, which tells people from programs. It needs its script, and without scripts there is no other way. */
export function Human({ visit }: { visit: Visit }) {
  const { siteKey } = visit.config.turnstile
  if (siteKey === undefined) return null
  return (
    <>
      <div
        class="cf-turnstile"
        data-sitekey={siteKey}
        data-size="flexible"
        data-language={visit.language}
      />
      <script src={`${WIDGET}/turnstile/v0/api.js`} defer />
      <noscript>
        <p class="hint">{visit.words.common.human}</p>
      </noscript>
    </>
  )
}

/** What a page's policy allows for the sake of the widget. */
export function humanSources({ config }: Visit): Record<string, string> {
  if (config.turnstile.siteKey === undefined) return {}
  return { 'script-src': `'self' ${WIDGET}`, 'frame-src': WIDGET }
}

/** The field of a request that the widget gives. */
export function humanToken(values: Readonly<Record<string, string>>): { turnstile_token?: string } {
  const token = values[FIELD]
  return token === undefined || token === '' ? {} : { turnstile_token: token }
}
