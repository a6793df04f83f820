import { definePage, type FormSpec } from '../kit/define-page.ts'
import { passkeyOf } from '../kit/passkey-field.ts'
import { troubleView } from '../kit/trouble.tsx'
import type { Visit } from '../kit/visit.ts'
import { type LoginBody, loggedIn } from './logged-in.tsx'
import { type MfaAsked, mfaView } from './mfa-view.tsx'

/** The second step of a log-in. It is reached by the first alone, whose token its forms hold. */
export const mfaPage = definePage<MfaAsked>({
  load(visit) {
    const { mfa_token, methods = '' } = visit.values
    if (mfa_token === undefined) return { goTo: visit.onward('/login') }
    return { mfa_token, methods: methods.split(' ') }
  },
  view: (visit, asked, form) => mfaView(visit, form, asked),
  forms: {
    totp: factor('totp_code', ({ values }) => values.totp_code),
    recovery: factor('recovery_code', ({ values }) => values.recovery_code),
    passkey: factor('passkey', ({ values }) => passkeyOf(values)),
  },
})

function factor(
  field: string,
  proof: (visit: Visit) => string | object | undefined,
): FormSpec<LoginBody> {
  return {
    asks: [field],
    call: (visit) => ({
      path: '/auth/mfa/verify',
      body: {
        mfa_token: visit.values.mfa_token,
        [field]: proof(visit),
        transport: 'cookie',
      },
    }),
    done: loggedIn,
    refused(visit, { code }) {
      if (code !== 'mfa_token_invalid') return undefined
      return { view: troubleView(visit.c, visit.path, code), status: 401 }
    },
  }
}
