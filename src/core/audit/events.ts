/** The closed list of audit events, each with its meaning. Every state change records one. */
export const AUDIT_EVENTS = {
  user_created: 'Somebody signed up, or an admin or operator created an account.',
  invitation_issued: 'Somebody may sign up by an invitation.',
  invitation_revoked: 'An admin took an invitation back.',
  session_opened: 'Somebody logged in.',
  session_ended: 'A session was ended by its user or an admin.',
  sessions_ended: 'All sessions of a user, or all but one, were ended by the user or an admin.',
  refresh_token_reused: 'A session ended because an old refresh token was used once more.',
  second_factor_requested:
    'The password was right, or another first factor, and a second one was asked for.',
  session_stepped_up: 'A user proved once more who they are, and the session went on at that.',
  totp_enrolled: 'A user set up an authenticator app as second factor.',
  totp_removed: 'A user removed the authenticator app.',
  passkey_registered: 'A user registered a passkey.',
  passkey_renamed: 'A user gave a passkey another name.',
  passkey_removed: 'A user removed a passkey.',
  passkey_suspended: 'The counter of a passkey went back, as that of a copy does.',
  passkey_counter_back:
    'The counter of a passkey went back that may be synced, of which there are copies by design. It was accepted.',
  recovery_codes_replaced: 'A user got other recovery codes; those of before work no longer.',
  recovery_code_used: 'A recovery code took the place of a second factor.',
  factors_removed: 'An admin or operator removed all second factors of a user; all sessions ended.',
  identity_linked: 'An account at a provider was linked to a user, who logs in by it from then on.',
  identity_unlinked:
    'An account at a provider was taken from a user: by the user or an admin, by an undone change of the email, or as the account was claimed.',
  login_code_requested: 'Somebody asked for a mail with a code to log in by.',
  password_changed: 'A user replaced the password.',
  password_reset_requested:
    'Somebody asked for a mail to choose a new password, an admin sent one, or an operator made a link.',
  password_reset: 'A new password was set by a link in a mail; all sessions ended.',
  email_verification_requested: 'Somebody asked for another mail to verify an address.',
  email_verified: 'A user proved to read the mail of the address, or an admin said so.',
  account_claimed:
    'An account whose email nobody had verified was given to whoever proved to read its mail; password, sessions, second factors and identities of before are gone.',
  email_change_requested: 'A user asked for another address, which is to be confirmed.',
  email_changed: 'The new address was confirmed and took the place of the old one.',
  email_change_undone: 'The former address was restored by a link in a mail; all sessions ended.',
  profile_changed: 'A user or an admin changed the profile, or what the application keeps.',
  user_disabled: 'An admin disabled an account; all sessions ended.',
  user_enabled: 'An admin enabled an account again.',
  user_deleted: 'A user or an admin deleted an account.',
  role_granted: 'An admin or operator granted a role to a user.',
  role_revoked: 'An admin or operator revoked a role of a user.',
  role_created: 'An admin created a role.',
  role_changed: 'An admin changed what a role means or permits.',
  role_deleted: 'An admin deleted a role, which nobody has any more.',
  mail_given_up: 'A mail was not taken by any provider for a day.',
  login_failed: 'A log-in was refused: an unknown account, or a wrong password.',
  factor_refused: 'A second factor or code was wrong.',
  password_refused: 'The current password that a change needs was wrong.',
  limit_reached: 'A limit was used up, and tries beyond it were refused.',
} as const

export type AuditEvent = keyof typeof AUDIT_EVENTS

/** What did not succeed. Only so many of these are recorded, for anybody can cause them. */
export const FAILURES = [
  'login_failed',
  'password_refused',
  'factor_refused',
  'limit_reached',
  'refresh_token_reused',
] as const satisfies readonly AuditEvent[]

export type FailureEvent = (typeof FAILURES)[number]

/** Whether what an event tells of was granted or refused. */
export function outcomeOf(event: AuditEvent): 'success' | 'failure' {
  return FAILURES.some((failure) => failure === event) ? 'failure' : 'success'
}
