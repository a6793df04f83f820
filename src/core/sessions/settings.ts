/** How long sessions live and how many a user may have. */
export type SessionSettings = Readonly<{
  /** The absolute limit, which no refresh moves. */
  lifetimeSeconds: number
  /** How long the refresh token before the current one is still answered. */
  graceSeconds: number
  maxPerUser: number
}>
