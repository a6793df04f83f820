const MINUTE = 60
const DAY = 86_400

/**
 * What a one-time token is for, and how long it works from when it was sent last. The shortest that people can live with
 * (ASVS 6.5.5), for whoever reads a mailbox has the account.
 */
export const PURPOSES = {
  verify_email: { lifetimeSeconds: DAY },
  reset_password: { lifetimeSeconds: 30 * MINUTE },
  confirm_email: { lifetimeSeconds: DAY },
  undo_email_change: { lifetimeSeconds: 7 * DAY },
  login_code: { lifetimeSeconds: 10 * MINUTE },
} as const

export type Purpose = keyof typeof PURPOSES

/** What is done by a link. A code is typed, for what opens links in mails would open that, too. */
export type LinkPurpose = Exclude<Purpose, 'login_code'>

/** How many codes may be tried of one that was mailed: five of a million. */
export const CODE_TRIES = 5

/** What is signed besides: an invitation has no user yet, and a table of its own. Sign-up uses it up. */
export const INVITATION = { lifetimeSeconds: 7 * DAY } as const

export type SignedPurpose = LinkPurpose | 'invitation'
