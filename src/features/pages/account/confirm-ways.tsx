import { type FormState, stateOf } from '../kit/form-state.ts'
import { Button, Field, Form, PasskeyButton } from '../kit/parts.tsx'

/** By what a person can prove who they are. Of who has second factors these count alone. */
export type Ways = {
  totp: boolean
  passkey: boolean
  recovery: boolean
  password: boolean
  providers: { id: string; name: string }[]
}

type Props = { form: FormState; ways: Ways; hidden: Record<string, string> }

/** A form for each way. `hidden` goes with all of them. */
export function ConfirmWays({ form, ways, hidden }: Props) {
  const { visit } = form
  const words = visit.words.account.confirm
  const { totp, passkey, recovery, password, providers } = ways
  const isNothing = !(totp || passkey || recovery || password || providers.length > 0)
  return (
    <>
      <h1>{words.title}</h1>
      <p>{isNothing ? words.nothing : words.text}</p>
      {passkey && (
        <Form form={form} name="passkey" hidden={hidden}>
          <PasskeyButton visit={visit} label={words.passkey} />
        </Form>
      )}
      {totp && <TotpForm form={form} hidden={hidden} />}
      {password && <PasswordForm form={form} hidden={hidden} />}
      {providers.length > 0 && (
        <div class="stack">
          {providers.map(({ id, name }) => (
            <Form
              form={stateOf(form, visit.values.provider === id)}
              name="provider"
              hidden={{ ...hidden, provider: id }}
            >
              <Button look="quiet">{words.provider.replace('{name}', () => name)}</Button>
            </Form>
          ))}
        </div>
      )}
      {recovery && (
        <details open={!totp || form.name === 'recovery'}>
          <summary>{words.lost}</summary>
          <Form form={form} name="recovery" hidden={hidden}>
            <Field
              form={form}
              name="recovery_code"
              label={words.recovery}
              hint={words.recoveryHint}
              autocomplete="off"
            />
            <Button look="quiet">{words.button}</Button>
          </Form>
        </details>
      )}
      {isNothing && (
        <Form form={{ ...form, visit: { ...visit, path: '/logout' } }} name="logout">
          <Button>{visit.words.common.logout}</Button>
        </Form>
      )}
    </>
  )
}

function TotpForm({ form, hidden }: Omit<Props, 'ways'>) {
  const words = form.visit.words.account.confirm
  return (
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
  )
}

function PasswordForm({ form, hidden }: Omit<Props, 'ways'>) {
  const words = form.visit.words.account.confirm
  return (
    <Form form={form} name="password" hidden={hidden}>
      <Field
        form={form}
        name="password"
        type="password"
        label={words.password}
        autocomplete="current-password"
        isFirst
      />
      <Button>{words.button}</Button>
    </Form>
  )
}
