import { mailPage } from './mail-page.tsx'

/** Has a link mailed by which a new password is chosen. */
export const forgotPage = mailPage('forgot', '/auth/password/forgot')
