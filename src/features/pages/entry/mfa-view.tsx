import type { View } from '../kit/define-page.ts'
import { FactorForms } from '../kit/factor-forms.tsx'
import type { FormState } from '../kit/form-state.ts'
import { Onward } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'

/** What a log-in answers that lacks its second factor. */
export type MfaAsked = { mfa_token: string; methods: readonly string[] }

export function isMfaAsked(body: object): body is MfaAsked {
  return 'mfa_token' in body
}

/** Asks for the second factor. The token of the log-in is in the forms, and never in an address. */
export function mfaView(visit: Visit, state: FormState, { mfa_token, methods }: MfaAsked): View {
  const { common, entry } = visit.words
  // The forms lead to their own page, from whichever this is.
  const form = { ...state, visit: { ...visit, path: '/mfa' as const } }
  const hidden = { mfa_token, methods: methods.join(' ') }
  const ways = {
    passkey: methods.includes('passkey'),
    totp: methods.includes('totp'),
    recovery: methods.includes('recovery_code'),
  }
  return {
    title: common.proof.title,
    hasScript: ways.passkey,
    content: (
      <>
        <h1>{common.proof.title}</h1>
        <p>{entry.mfa.text}</p>
        <FactorForms form={form} ways={ways} hidden={hidden} />
      </>
    ),
    foot: (
      <p>
        <Onward visit={visit} to="/login">
          {entry.mfa.back}
        </Onward>
      </p>
    ),
  }
}
