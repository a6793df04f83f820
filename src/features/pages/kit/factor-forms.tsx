import type { PropsWithChildren } from 'hono/jsx'
import type { FormState } from './form-state.ts'
import { Button, Field, Form, PasskeyButton } from './parts.tsx'

type Props = PropsWithChildren<{
  form: FormState
  /** The factors that the person has. */
  ways: { passkey: boolean; totp: boolean; recovery: boolean }
  /** What goes with each of them. */
  hidden: Record<string, string>
}>

/** A form for each second factor: `passkey`, `totp` and `recovery`. What else there is stands before the last of them. */
export function FactorForms({ form, ways, hidden, children }: Props) {
  const { visit } = form
  const words = visit.words.common.proof
  return (
    <>
      {ways.passkey && (
        <Form form={form} name="passkey" hidden={hidden}>
          <PasskeyButton visit={visit} label={words.passkey} />
        </Form>
      )}
      {ways.totp && (
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
      {children}
      {ways.recovery && (
        <details open={!ways.totp || form.name === 'recovery'}>
          <summary>{words.lost}</summary>
          <Form form={form} name="recovery" hidden={hidden}>
            <Field
              form={form}
              name="recovery_code"
              label={words.recovery}
              hint={words.recoveryHint}
              autocomplete="off"
              isFirst={!ways.totp}
            />
            <Button look="quiet">{words.button}</Button>
          </Form>
        </details>
      )}
    </>
  )
}
