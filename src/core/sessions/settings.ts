/** How long sessions live and how many a user may have. */
export type SessionSettings = Readonly<{
  /** The absolute limit, which a refresh does not extend. */
  lifetimeSeconds: number
  /** How long the previous refresh token still works. */
  graceSeconds: number
  maxPerUser: number
}>
