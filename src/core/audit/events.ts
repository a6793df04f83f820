/** The closed list of audit events, each with its meaning. Every state change names one; nothing stores them yet. */
export const AUDIT_EVENTS = {
  user_created: 'Somebody signed up.',
  session_opened: 'Somebody logged in.',
  session_ended: 'A session was ended by its user.',
  sessions_ended: 'All sessions of a user, or all but one, were ended by the user.',
  refresh_token_reused: 'A session ended because an old refresh token was used once more.',
  password_changed: 'A user replaced the password.',
} as const

export type AuditEvent = keyof typeof AUDIT_EVENTS
