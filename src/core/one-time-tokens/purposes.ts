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
} as const

export type Purpose = keyof typeof PURPOSES

/** What is signed besides: an invitation has no user yet, and a table of its own. Sign-up uses it up. */
export const INVITATION = { lifetimeSeconds: 7 * DAY } as const

export type SignedPurpose = Purpose | 'invitation'
