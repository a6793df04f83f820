import { type Answer, definePage } from '../kit/define-page.ts'
import { untouched } from '../kit/form-state.ts'
import { Field, Form, PasskeyButton } from '../kit/parts.tsx'
import { passkeyOf } from '../kit/passkey-field.ts'
import { hasPasskeysHere } from '../kit/passkeys.ts'
import type { Visit } from '../kit/visit.ts'
import { codesAnswer } from './codes.tsx'
import { accountView, doneAt } from './frame.tsx'

/** What a browser makes a passkey by. To ask for it stores nothing. */
type Creation = { public_key: object; challenge_token: string }

/** Registers a passkey. It is shown to sessions that can do nothing else, too. */
export const newPasskeyPage = definePage<Creation>({
  load(visit) {
    if (!hasPasskeysHere(visit)) return notHere(visit)
    return visit.need<Creation>({ path: '/auth/factors/passkey-options' })
  },
  view(visit, creation, form) {
    const { passkey: words, cancel } = visit.words.account
    const { optional } = visit.words.common
    return accountView(visit, {
      title: words.add,
      form,
      hasScript: true,
      content: (
        <>
          <p>{words.addText}</p>
          <p class="notice bad" data-no-passkeys>
            {words.noScript}
          </p>
          <div class="card">
            <Form form={form} name="register">
              <Field
                form={form}
                name="name"
                label={`${words.rename} (${optional})`}
                hint={words.renameHint}
                autocomplete="off"
                maxlength={64}
                isOptional
              />
              <PasskeyButton
                visit={visit}
                label={words.addButton}
                creation={creation}
                failure={words.failed}
              />
            </Form>
            <p class="actions">
              <a href={visit.to('/account/security')}>{cancel}</a>
            </p>
          </div>
        </>
      ),
    })
  },
  forms: {
    register: {
      keeps: ['name'],
      asks: ['passkey'],
      call: ({ values }) => ({
        path: '/auth/factors/passkeys',
        body: { ...passkeyOf(values), ...(values.name && { name: values.name }) },
      }),
      done: (visit, { recovery_codes: codes = [] }: { recovery_codes?: string[] }) =>
        codes.length > 0
          ? codesAnswer(visit, codes, 'passkey')
          : doneAt(visit, '/account/security', 'passkey_added'),
    },
  },
})

function notHere(visit: Visit): Answer {
  const { passkey: words, totp } = visit.words.account
  const view = accountView(visit, {
    title: words.add,
    form: untouched(visit),
    content: (
      <>
        <p>{words.notHere}</p>
        <p>
          <a href={visit.to('/account/security')}>{totp.back}</a>
        </p>
      </>
    ),
  })
  return { view, status: 404 }
}
