import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { textOrNull } from '../../../http/schemas.ts'
import { once } from '../../../utils/once.ts'

const text = (example: string, description?: string) =>
  documented(z.string(), { example, description })
const number = (example: number, description?: string) =>
  documented(z.int(), { example, description })
const flag = (description?: string) => documented(z.boolean(), { example: true, description })
const texts = (example: string[], description?: string) =>
  documented(z.array(z.string()), { example, description })

export const Settings = once(() =>
  z
    .object({
      version: text('0.2.0'),
      project_name: text('Edge Auth'),
      docs: flag('True where `/docs` and `/openapi.json` are served.'),
      debug: flag(),
      tokens: z.object({
        algorithm: text('HS256'),
        issuer: text('edge-auth'),
        audience: text('edge-auth'),
        access_lifetime_seconds: number(900),
        refresh_lifetime_seconds: number(86_400),
        signing_key_id: text('n5Ux2kRQ0mE', 'The `kid` of the key that signs.'),
        other_key_ids: texts([], 'Keys that verify, and sign nothing now.'),
      }),
      sessions: z.object({
        lifetime_seconds: number(2_592_000),
        refresh_grace_seconds: number(10),
        max_per_user: number(50),
      }),
      passwords: z.object({
        min_characters: number(8),
        breach_check: text('off', '`off`, `warn` or `refuse`.'),
      }),
      sign_up: z.object({
        mode: text('open', '`open`, `invite` or `closed`.'),
        allowed_domains: texts([], 'None allows all.'),
        blocked_domains: texts(['mailinator.com']),
        turnstile: flag('True where people answer a challenge of Cloudflare Turnstile.'),
      }),
      http: z.object({
        cors_origins: texts(['https://app.example.org']),
        cookie_origins: texts(['https://app.example.org']),
        trusted_proxy_count: number(0),
      }),
      links: z.object({
        public_url: textOrNull('https://auth.example.org'),
        app_base_url: textOrNull('https://app.example.org'),
      }),
      pages: z.object({
        hosted: flag('True where people sign up and log in at pages of this service.'),
        logo_url: textOrNull('https://www.example.org/logo.svg'),
        accent_color: textOrNull('#0b62c4'),
      }),
      mail: z.object({
        provider: text('smtp', '`http`, `smtp`, `cloudflare`, `mailbox` or `none`.'),
        from_name: textOrNull('Example App'),
        from_address: textOrNull('no-reply@example.org'),
        language: text('en'),
        requires_verified_email: flag(),
        notifies_of_new_devices: flag(),
      }),
      factors: z.object({
        require_mfa: text('admins', '`off`, `admins` or `all`: who must have a second factor.'),
        login_codes: flag('True where people may log in by a code that is mailed.'),
        webauthn_rp_id: textOrNull('example.org', 'Null where passkeys are not set up.'),
        webauthn_origins: texts(['https://app.example.org']),
      }),
      federation: z.object({
        providers: z.array(z.object({ id: text('google'), name: text('Google') })),
        return_urls: texts(['https://app.example.org/signed-in']),
        linking: text('confirm', '`confirm` or `automatic`: whether an email links by itself.'),
      }),
      audit: z.object({
        retention_days: number(365, 'When events are forgotten; 0 for never.'),
      }),
      limits: documented(
        z
          .array(
            z.object({
              name: text('login_account'),
              count: number(20, 'So many at once.'),
              period_seconds: number(3600, 'The time in which all of them come back.'),
            }),
          )
          .nullable(),
        { description: 'Null where they are switched off.' },
      ),
    })
    .openapi('Settings'),
)
