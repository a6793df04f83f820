import { factorsOf, type Passkey } from '../kit/answers.ts'
import { definePage } from '../kit/define-page.ts'
import { Button, Field, Form } from '../kit/parts.tsx'
import { segment } from '../kit/segment.ts'
import type { Visit } from '../kit/visit.ts'
import { accountView, doneAt, Part, Sure } from './frame.tsx'

/** One passkey: its name, and its end. */
export const passkeyPage = definePage<Passkey>({
  async load(visit) {
    const { passkeys } = await factorsOf(visit)
    const id = visit.values.id ?? visit.query.id
    return passkeys.find((one) => one.id === id) ?? { goTo: visit.to('/account/security') }
  },
  view(visit, passkey, form) {
    const { passkey: words, cancel } = visit.words.account
    const hidden = { id: passkey.id }
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <Part title={passkey.name}>
            <Form form={form} name="rename" hidden={hidden}>
              <Field
                form={form}
                name="name"
                label={words.rename}
                hint={words.renameHint}
                value={passkey.name}
                autocomplete="off"
                maxlength={64}
              />
              <Button>{words.button}</Button>
            </Form>
            <Sure
              form={form}
              name="remove"
              id={passkey.id}
              label={words.remove}
              text={words.removeText}
            />
          </Part>
          <p class="actions">
            <a href={visit.to('/account/security')}>{cancel}</a>
          </p>
        </>
      ),
    })
  },
  forms: {
    rename: {
      keeps: ['name'],
      call: (visit) => ({
        method: 'PATCH',
        path: pathOf(visit),
        body: { name: visit.values.name },
      }),
      done: (visit) => doneAt(visit, '/account/security', 'passkey_renamed'),
    },
    remove: {
      call: (visit) => ({ method: 'DELETE', path: pathOf(visit) }),
      done: (visit) => doneAt(visit, '/account/security', 'passkey_removed'),
    },
  },
})

const pathOf = ({ values }: Visit) => `/auth/factors/passkeys/${segment(values.id)}`
