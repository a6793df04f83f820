import type { View } from '../kit/define-page.ts'
import { type FormState, stateOf } from '../kit/form-state.ts'
import { Human, humanSources } from '../kit/human.tsx'
import { Button, Field, Form, Notice, Onward, PasskeyButton } from '../kit/parts.tsx'
import { hasPasskeysHere } from '../kit/passkeys.ts'
import type { Visit } from '../kit/visit.ts'

/** The providers that people can sign in at. */
export type Ways = { providers: readonly { id: string; name: string }[] }

/** All ways to log in. `notice` says what the log-in is for. */
export function loginView(
  visit: Visit,
  { providers }: Ways,
  form: FormState,
  notice?: string,
): View {
  const { entry } = visit.words
  const words = entry.login
  const { hasLoginCodes } = visit.config.factors
  const hasPasskeys = hasPasskeysHere(visit)
  const isPasskeyAlone = providers.length === 0 && !hasLoginCodes
  const or = <p class="or">{words.or}</p>
  return {
    title: words.title,
    hasScript: hasPasskeys,
    sources: form.needsHuman ? humanSources(visit) : {},
    content: (
      <>
        <h1>{words.title}</h1>
        {notice !== undefined && <Notice>{notice}</Notice>}
        <PasswordForm form={form} />
        <div class="stack">
          {!isPasskeyAlone && or}
          {hasPasskeys && (
            <Form form={form} name="passkey">
              <PasskeyButton visit={visit} label={words.passkey} how="conditional">
                {isPasskeyAlone && or}
              </PasskeyButton>
            </Form>
          )}
          <ProviderForms form={form} providers={providers} />
          {hasLoginCodes && (
            <a class="button quiet" href={visit.onward('/login/code')}>
              {words.code}
            </a>
          )}
        </div>
      </>
    ),
    foot: (
      <>
        {form.code === 'email_not_verified' && (
          <p>
            <Onward visit={visit} to="/verify-email/again">
              {words.again}
            </Onward>
          </p>
        )}
        {visit.config.signup.mode !== 'closed' && (
          <p>
            {words.noAccount}{' '}
            <Onward visit={visit} to="/signup">
              {words.signup}
            </Onward>
          </p>
        )}
      </>
    ),
  }
}

/** A button for each provider. On whichever page they are, the log-in answers them. */
export function ProviderForms({ form, providers }: Ways & { form: FormState }) {
  const { provider: label } = form.visit.words.entry.login
  const toLogin = { ...form, visit: { ...form.visit, path: '/login' as const } }
  return (
    <>
      {providers.map(({ id, name }) => (
        <Form
          form={stateOf(toLogin, form.visit.values.provider === id)}
          name="provider"
          hidden={{ provider: id }}
        >
          <Button look="quiet">{label.replace('{name}', () => name)}</Button>
        </Form>
      ))}
    </>
  )
}

function PasswordForm({ form }: { form: FormState }) {
  const { visit } = form
  const words = visit.words.entry.login
  return (
    <Form form={form} name="password">
      <Field
        form={form}
        name="username_or_email"
        label={words.identifier}
        autocomplete={hasPasskeysHere(visit) ? 'username webauthn' : 'username'}
        isFirst
      />
      <Field
        form={form}
        name="password"
        type="password"
        label={words.password}
        autocomplete="current-password"
      />
      <p class="aside">
        <Onward visit={visit} to="/forgot-password">
          {words.forgot}
        </Onward>
      </p>
      {form.needsHuman && <Human visit={visit} />}
      <Button>{words.button}</Button>
    </Form>
  )
}
