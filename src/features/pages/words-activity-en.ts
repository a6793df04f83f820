import type { AuditEvent } from '../../core/audit/events.ts'

/** What the page says that shows what happened to an account. Each event has its words, or this does not compile. */
export type ActivityWords = {
  title: string
  text: string
  nothing: string
  byAdmin: string
  from: string
  other: string
  older: string
  newest: string
  events: Record<AuditEvent, string>
}

export const activityEnglish: ActivityWords = {
  title: 'Activity',
  text: 'What happened to your account, the newest first.',
  nothing: 'Nothing is recorded here.',
  byAdmin: 'by an admin',
  from: 'from {ip}',
  /** An event of a later version. */
  other: 'Something else: {event}',
  older: 'Older',
  newest: 'Back to the newest',
  events: {
    user_created: 'The account was created',
    invitation_issued: 'An invitation was issued',
    invitation_revoked: 'An invitation was taken back',
    session_opened: 'Logged in',
    session_ended: 'A device was logged out',
    sessions_ended: 'Several devices were logged out',
    refresh_token_reused: 'A device was logged out, for an old token of it was used once more',
    second_factor_requested: 'The first factor was right, and the second one was asked for',
    session_stepped_up: 'Confirmed once more who you are',
    totp_enrolled: 'An authenticator app was set up',
    totp_removed: 'The authenticator app was removed',
    passkey_registered: 'A passkey was added',
    passkey_renamed: 'A passkey was renamed',
    passkey_removed: 'A passkey was removed',
    passkey_suspended: 'A passkey was switched off, for it may have been copied',
    passkey_counter_back: 'A synced passkey was used whose counter went back',
    recovery_codes_replaced: 'New recovery codes were made',
    recovery_code_used: 'A recovery code was used',
    factors_removed: 'All second factors were removed, and all devices logged out',
    identity_linked: 'An account of another service was connected',
    identity_unlinked: 'An account of another service was disconnected',
    login_code_requested: 'A code to log in was asked for by mail',
    password_changed: 'The password was changed',
    password_reset_requested: 'A mail to choose a new password was asked for',
    password_reset: 'A new password was chosen by a mail',
    email_verification_requested: 'A mail to confirm the address was asked for',
    email_verified: 'The email address was confirmed',
    account_claimed: 'The account was given to whoever reads the mail of its address',
    email_change_requested: 'Another email address was asked for',
    email_changed: 'The email address was changed',
    email_change_undone: 'The change of the email address was undone',
    profile_changed: 'The profile was changed',
    user_disabled: 'The account was disabled',
    user_enabled: 'The account was enabled again',
    user_deleted: 'The account was deleted',
    role_granted: 'A role was granted',
    role_revoked: 'A role was revoked',
    role_created: 'A role was created',
    role_changed: 'A role was changed',
    role_deleted: 'A role was deleted',
    mail_given_up: 'A mail could not be delivered',
    login_failed: 'A log-in was refused',
    factor_refused: 'A wrong code was refused',
    password_refused: 'A wrong password was refused',
    limit_reached: 'There were too many tries',
  },
}
