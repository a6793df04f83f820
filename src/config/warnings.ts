import { isLocalUrl, isLoopbackHost } from '../utils/loopback.ts'
import { type Config, variables } from './index.ts'
import { lookAlikes } from './look-alikes.ts'
import { isForTests } from './turnstile.ts'

/** What is allowed, but may not be what an operator wants. Each is undefined where there is no doubt. */
const DOUBTS: ((config: Config, given: Record<string, unknown>) => string | undefined)[] = [
  function refreshTooShort({ tokens }) {
    const access = tokens.accessLifetimeSeconds / 60
    const refresh = tokens.refreshLifetimeSeconds / 60
    if (refresh > access) return undefined
    return `REFRESH_TOKEN_EXPIRE_MINUTES: is not longer than ACCESS_TOKEN_EXPIRE_MINUTES. People are logged out every ${refresh} minutes, however active they are, unless the client refreshes before that. Set ACCESS_TOKEN_EXPIRE_MINUTES=15 and REFRESH_TOKEN_EXPIRE_MINUTES=43200 (30 days)`
  },
  function twoProviders({ mail }, given) {
    const isGuessed = !String(given.MAIL_PROVIDER ?? '').trim()
    if (!isGuessed || mail.api.key === undefined || mail.smtpUrl === undefined) return undefined
    return 'MAIL_PROVIDER: both MAIL_API_KEY and SMTP_URL are set, and the first is used. Say http or smtp'
  },
  function noMails({ mail }, given) {
    if (mail.provider !== 'none' || String(given.MAIL_PROVIDER ?? '').trim()) return undefined
    return 'MAIL_PROVIDER: nothing says how to send mails, so that POST /auth/password/forgot, /auth/email/verification and /auth/email answer 501. Set MAIL_API_KEY or SMTP_URL (docs/mail.md), or MAIL_PROVIDER=none if this is what you want'
  },
  function noChallenge({ turnstile }) {
    if (!isForTests(turnstile.secretKey)) return undefined
    return 'TURNSTILE_SECRET_KEY: is one of the keys for tests, which keeps no program out'
  },
  function pagesWithoutWidget({ pages, turnstile }) {
    if (!pages.isOn || turnstile.secretKey === undefined || turnstile.siteKey) return undefined
    return "TURNSTILE_SITE_KEY: is not set, so that nobody can sign up or ask for a new password at this service's own pages. Set it to the widget's, or HOSTED_PAGES=false"
  },
  function pagesWithoutAddress({ pages, links }, { NODE_ENV }) {
    if (!pages.isOn || NODE_ENV !== 'production' || links.publicUrl !== undefined) return undefined
    return "PUBLIC_URL: is not set. Behind a proxy with TLS this service's own pages refuse every form then. Set it to the address that browsers use, or HOSTED_PAGES=false"
  },
  function cookiesWithoutAddress({ http, links }) {
    if (links.publicUrl !== undefined || http.cookieOrigins.every(isLocalOrigin)) return undefined
    return 'COOKIE_ORIGINS: PUBLIC_URL is not set. Behind a proxy the service does not know its own address then, nor that browsers come by TLS. Set PUBLIC_URL to the address that they use'
  },
  function unlimited({ limits }) {
    if (limits) return undefined
    return 'RATE_LIMITS: is off. Anybody may guess passwords and have mails sent as fast as the machine allows'
  },
  function openMetrics({ metrics }) {
    if (!metrics || metrics.token !== undefined || isLoopbackHost(metrics.host)) return undefined
    return 'METRICS_HOST: whoever reaches it may read the metrics. Keep that port to your own network, or set METRICS_TOKEN'
  },
]

const isLocalOrigin = (origin: string) => isLocalUrl(origin.replace(':*', ''))

/** Returns a line for each doubt about a configuration that can be used. They tell no secrets. */
export function configWarnings(config: Config, given: Record<string, unknown>): string[] {
  return [
    ...DOUBTS.map((doubt) => doubt(config, given)).filter((line) => line !== undefined),
    ...lookAlikes(given, Object.keys(variables)),
  ]
}
