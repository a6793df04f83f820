import type { Limit } from '../../../core/limits/limits.ts'
import { keySetOf } from '../../../core/tokens/key-rings.ts'
import type { Deps } from '../../../deps.ts'

/**
 * What the configuration decides, by the names of the answer. It tells no secret, no address that only the service itself
 * asks, and not what it stands on. Nothing is shown because it is there: each field is named here.
 */
export async function shownSettings({ config, version }: Deps) {
  const { projectName, hasDocs, debug, tokens, sessions, passwords, ...others } = config
  const { signup, turnstile, http, links, pages, mail, limits, audit, factors, ...more } = others
  const { federation, ...hidden } = more
  const { server: _, database: __, metrics: ___, ...undecided } = hidden
  // A new concern does not compile before it is shown here or left out above.
  undecided satisfies Record<string, never>
  const { current, next, previous } = await keySetOf(tokens)
  return {
    version,
    project_name: projectName,
    docs: hasDocs,
    debug,
    tokens: {
      algorithm: tokens.algorithm,
      issuer: tokens.issuer,
      audience: tokens.audience,
      access_lifetime_seconds: tokens.accessLifetimeSeconds,
      refresh_lifetime_seconds: tokens.refreshLifetimeSeconds,
      signing_key_id: current.kid,
      other_key_ids: [...(next ? [next] : []), ...previous].map(({ kid }) => kid),
    },
    sessions: {
      lifetime_seconds: sessions.lifetimeSeconds,
      refresh_grace_seconds: sessions.graceSeconds,
      max_per_user: sessions.maxPerUser,
    },
    passwords: {
      min_characters: passwords.minCharacters,
      breach_check: passwords.breachCheck,
    },
    sign_up: {
      mode: signup.mode,
      allowed_domains: [...signup.domains.allowed],
      blocked_domains: [...signup.domains.blocked],
      turnstile: turnstile.secretKey !== undefined,
    },
    http: {
      cors_origins: [...http.corsOrigins],
      cookie_origins: [...http.cookieOrigins],
      trusted_proxy_count: http.trustedProxyCount,
    },
    links: {
      public_url: links.publicUrl ?? null,
      app_base_url: links.appBaseUrl ?? null,
    },
    pages: {
      hosted: pages.isOn,
      logo_url: pages.logoUrl ?? null,
      accent_color: pages.accentColor ?? null,
    },
    mail: {
      provider: mail.provider,
      from_name: mail.from?.name ?? null,
      from_address: mail.from?.address ?? null,
      language: mail.language,
      requires_verified_email: mail.requiresVerifiedEmail,
      notifies_of_new_devices: mail.notifiesOfNewDevices,
    },
    factors: {
      require_mfa: factors.requireMfa,
      login_codes: factors.hasLoginCodes,
      webauthn_rp_id: factors.webauthn?.rpId ?? null,
      webauthn_origins: [...(factors.webauthn?.origins ?? [])],
    },
    federation: {
      providers: federation.providers.map(({ id, name }) => ({ id, name })),
      return_urls: [...federation.returnUrls],
      linking: federation.linking,
    },
    audit: { retention_days: audit.retentionDays },
    limits: limits ? Object.entries(limits).map(limitOf) : null,
  }
}

function limitOf([name, { count, periodSeconds }]: [string, Limit]) {
  return { name, count, period_seconds: periodSeconds }
}
