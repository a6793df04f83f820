import type { LinkPurpose } from '../core/one-time-tokens/purposes.ts'

/** The page that a link opens, here and in an app of one's own. */
export const LINK_PATHS = {
  verify_email: '/verify-email',
  reset_password: '/reset-password',
  confirm_email: '/confirm-email',
  undo_email_change: '/undo-email-change',
} as const satisfies Record<LinkPurpose, string>

/** Makes the address that a token is used at. */
export type LinkTo = (purpose: LinkPurpose, token: string) => string

type Bases = { publicUrl: string | undefined; appBaseUrl: string | undefined }

/**
 * Makes links from the configuration alone, never from a request: whoever sends a Host header would else choose where
 * another person's token goes.
 */
export function createLinks({ publicUrl, appBaseUrl }: Bases): LinkTo {
  return (purpose, token) => {
    const path = LINK_PATHS[purpose]
    const query = `token=${encodeURIComponent(token)}`
    // An app reads it by script, so that no server on the way has it in a log. The page of this service works without.
    if (appBaseUrl !== undefined) return `${appBaseUrl}${path}#${query}`
    if (publicUrl !== undefined) return `${publicUrl}${path}?${query}`
    throw new Error('a link needs PUBLIC_URL or APP_BASE_URL')
  }
}
