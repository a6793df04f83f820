/** The service's own API, in this process: what a page asks of it goes through all that a client's request does. */
export type Api = (request: Request, env: unknown) => Response | Promise<Response>

/** The pages for people. A path is here, so that it is known from the start; what it shows is in `hosted/page.ts`. */
export const HOSTED_PATHS = [
  '/login',
  '/login/code',
  '/login/provider',
  '/mfa',
  '/signup',
  '/verify-email/again',
  '/forgot-password',
  '/logout',
  '/account',
  '/account/email',
  '/account/delete',
  '/account/security',
  '/account/password',
  '/account/totp',
  '/account/passkey',
  '/account/passkey/new',
  '/account/sessions',
  '/account/activity',
  '/account/confirm',
] as const

export type HostedPath = (typeof HOSTED_PATHS)[number]
