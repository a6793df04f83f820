/** What can happen to an account, each with what it means; a closed list, for a trail is read by its names. */
export const AUDIT_EVENTS = {
  user_created: 'Somebody signed up.',
  session_opened: 'Somebody logged in.',
  session_ended: 'A session was ended by its user.',
  sessions_ended: 'All sessions of a user, or all but one, were ended by the user.',
  refresh_token_used: 'A session went on; where its token was an old one, it ended instead.',
  password_changed: 'A user replaced the password.',
} as const

export type AuditEvent = keyof typeof AUDIT_EVENTS
