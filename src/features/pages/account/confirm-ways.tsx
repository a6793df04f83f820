import { FactorForms } from '../kit/factor-forms.tsx'
import { type FormState, stateOf } from '../kit/form-state.ts'
import { Button, Field, Form } from '../kit/parts.tsx'

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
  const { common, account } = visit.words
  const words = account.confirm
  const { totp, passkey, recovery, password, providers } = ways
  const isNothing = !(totp || passkey || recovery || password || providers.length > 0)
  return (
    <>
      <h1>{common.proof.title}</h1>
      <p>{isNothing ? words.nothing : words.text}</p>
      <FactorForms form={form} ways={ways} hidden={hidden}>
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
      </FactorForms>
      {isNothing && (
        <Form form={{ ...form, visit: { ...visit, path: '/logout' } }} name="logout">
          <Button>{common.logout}</Button>
        </Form>
      )}
    </>
  )
}

function PasswordForm({ form, hidden }: Omit<Props, 'ways'>) {
  const { common, account } = form.visit.words
  return (
    <Form form={form} name="password" hidden={hidden}>
      <Field
        form={form}
        name="password"
        type="password"
        label={account.confirm.password}
        autocomplete="current-password"
        isFirst
      />
      <Button>{common.proof.button}</Button>
    </Form>
  )
}
