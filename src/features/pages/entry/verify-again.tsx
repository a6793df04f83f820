import { mailPage } from './mail-page.tsx'

/** Has the link mailed once more that confirms an address. */
export const verifyAgainPage = mailPage('verifyAgain', '/auth/email/verification')
