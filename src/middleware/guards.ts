import { currentUser, currentUserFromRefreshToken } from './bearer.ts'

/** A guard's middleware and its documentation, joined, so that neither can be forgotten: spread it into a route. */
export const withAccessToken = {
  middleware: currentUser,
  security: [{ access_token: [] as string[] }],
}

export const withRefreshToken = {
  middleware: currentUserFromRefreshToken,
  security: [{ refresh_token: [] as string[] }],
}

/** The answers that any guarded route may give. */
export const TOKEN_PROBLEMS = ['token_missing', 'token_invalid', 'token_expired'] as const
