/** A session and its user, as a verified token names them. Only the row says whether the session is live. */
export type SessionRef = { userId: string; sessionId: string }

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
