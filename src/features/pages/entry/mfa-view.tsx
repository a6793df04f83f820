import type { View } from '../kit/define-page.ts'
import type { FormState } from '../kit/form-state.ts'
import { Button, Field, Form, Onward, PasskeyButton } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'

/** What a log-in answers that lacks its second factor. */
export type MfaAsked = { mfa_token: string; methods: readonly string[] }

export function isMfaAsked(body: object): body is MfaAsked {
  return 'mfa_token' in body
}

/** Asks for the second factor. The token of the log-in is in the forms, and never in an address. */
export function mfaView(visit: Visit, state: FormState, { mfa_token, methods }: MfaAsked): View {
  const words = visit.words.entry.mfa
  // The forms lead to their own page, from whichever this is.
  const form = { ...state, visit: { ...visit, path: '/mfa' as const } }
  const hidden = { mfa_token, methods: methods.join(' ') }
  const has = (method: string) => methods.includes(method)
  return {
    title: form.name === undefined ? words.title : `${visit.words.common.error}: ${words.title}`,
    hasScript: has('passkey'),
    content: (
      <>
        <h1>{words.title}</h1>
        <p>{words.text}</p>
        {has('passkey') && (
          <Form form={form} name="passkey" hidden={hidden}>
            <PasskeyButton visit={visit} label={words.passkey} />
          </Form>
        )}
        {has('totp') && (
          <Form form={form} name="totp" hidden={hidden}>
            <Field
              form={form}
              name="totp_code"
              label={words.totp}
              hint={words.totpHint}
              autocomplete="one-time-code"
              inputmode="numeric"
              isFirst
            />
            <Button>{words.button}</Button>
          </Form>
        )}
        {has('recovery_code') && (
          <details open={!has('totp') || form.name === 'recovery'}>
            <summary>{words.lost}</summary>
            <Form form={form} name="recovery" hidden={hidden}>
              <Field
                form={form}
                name="recovery_code"
                label={words.recovery}
                hint={words.recoveryHint}
                autocomplete="off"
                isFirst={!has('totp')}
              />
              <Button look="quiet">{words.button}</Button>
            </Form>
          </details>
        )}
      </>
    ),
    foot: (
      <p>
        <Onward visit={visit} to="/login">
          {words.back}
        </Onward>
      </p>
    ),
  }
}
