import { currentUser, presented } from './bearer.ts'
import { readJsonBody } from './json-body.ts'

const ACCESS = [{ access_token: [] as string[] }]
const REFRESH = [{ refresh_token: [] as string[] }]

const accessToken = presented('access')

/** A guard's middleware and its documentation, joined so that neither can be forgotten; a route spreads one of these. */
export const withCurrentUser = { middleware: currentUser, security: ACCESS }
export const withAccessToken = { middleware: accessToken, security: ACCESS }
export const withAccessTokenAndBody = {
  middleware: [accessToken, readJsonBody] as [typeof accessToken, typeof readJsonBody],
  security: ACCESS,
}
export const withRefreshToken = { middleware: presented('refresh'), security: REFRESH }
export const withBody = { middleware: readJsonBody }

/** The answers that a guarded route, and one with a body, may give. */
export const TOKEN_PROBLEMS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'service_unavailable',
] as const
export const BODY_PROBLEMS = [
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
] as const
