import type { MailCalls } from './auth-client.ts'
import { readConfirmation } from './confirmations.ts'
import type { Mode } from './mode.ts'
import { postRequest } from './posts.ts'
import { type Platform, send } from './request.ts'
import type { UserSnapshot } from './user-snapshot.ts'

type Deps = {
  platform: Platform
  url: (path: string) => URL
  mode: Mode
  user: Pick<UserSnapshot, 'expire'>
}

/** The calls around mails. Those that need no log-in send no access token: whose link it is says the link. */
export function createMailCalls({ platform, url, mode, user }: Deps): MailCalls {
  const post = (path: string, body: object) => send(platform, postRequest(url(path), body))

  /**
   * Uses a token up. Whose it is nobody here knows, and it may have ended the session of whoever is logged in, or changed
   * what the access token says. New tokens tell: there are none for a session that has ended, and so it is forgotten.
   */
  async function redeem(path: string, body: { token: string }): Promise<void> {
    await readConfirmation(post(path, body))
    await mode.renew().catch(() => undefined)
    user.expire()
  }

  return {
    requestVerification(email) {
      const path = 'auth/email/verification'
      const isOwn = email === undefined
      return readConfirmation(
        isOwn ? mode.send(postRequest(url(path))) : post(path, { email }),
        202,
      )
    },
    verifyEmail: (token) => redeem('auth/email/verify', { token }),
    forgotPassword: (email, challenge) =>
      readConfirmation(post('auth/password/forgot', { ...challenge, email }), 202),
    resetPassword: (input) => redeem('auth/password/reset', input),
    changeEmail: (input) => readConfirmation(mode.send(postRequest(url('auth/email'), input)), 202),
    confirmEmail: (token) => redeem('auth/email/confirm', { token }),
    undoEmailChange: (token) => redeem('auth/email/undo', { token }),
  }
}
