/** A session and its user, as a verified token names them. Only the row says whether the session is live. */
export type SessionRef = { userId: string; sessionId: string }

/** What carries a session: tokens that the page keeps, or a cookie that no script can read. A session has one for life. */
export const TRANSPORTS = ['bearer', 'cookie'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** The IP address and user agent of a request, for the user's list of sessions. */
export type Client = { ip: string | null; userAgent: string | null }

/** How long sessions live, and how many a user may have. */
export type SessionSettings = Readonly<{
  /** The absolute limit. No refresh moves it. */
  lifetimeSeconds: number
  /** How long the previous refresh token still works. */
  graceSeconds: number
  maxPerUser: number
}>
