/** How long sessions live, and how many a user may have. */
export type SessionSettings = Readonly<{
  lifetimeSeconds: number
  graceSeconds: number
  maxPerUser: number
}>
