import { type Identities, identitiesOf, type User, userOf } from '../kit/answers.ts'
import { definePage } from '../kit/define-page.ts'
import { Button, Field, Form } from '../kit/parts.tsx'
import { accountView, doneAt, Said } from './frame.tsx'
import { OWN_PASSWORD, OwnPassword, ownPassword } from './own-password.tsx'

/** Asks for another address. The link that goes there changes it. */
export const emailPage = definePage<[User, Identities]>({
  load: (visit) => Promise.all([userOf(visit), identitiesOf(visit)]),
  view(visit, [user, { has_password: hasPassword }], form) {
    const { email: words, cancel } = visit.words.account
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <p>
            <Said text={words.text}>
              <b>{user.email}</b>
            </Said>
          </p>
          <div class="card">
            <Form form={form} name="email">
              <Field
                form={form}
                name="new_email"
                type="email"
                label={words.newEmail}
                autocomplete="email"
                isFirst
              />
              <OwnPassword form={form} label={words.currentPassword} hasPassword={hasPassword} />
              <div class="actions">
                <Button>{words.button}</Button>
                <a href={visit.to('/account')}>{cancel}</a>
              </div>
            </Form>
          </div>
        </>
      ),
    })
  },
  forms: {
    email: {
      ...OWN_PASSWORD,
      keeps: ['new_email'],
      call: ({ values }) => ({
        path: '/auth/email',
        body: { new_email: values.new_email, ...ownPassword(values) },
      }),
      done: (visit) => doneAt(visit, '/account', 'email'),
    },
  },
})
