import { type Identities, identitiesOf, type User, userOf } from '../kit/answers.ts'
import { definePage } from '../kit/define-page.ts'
import { Button, Field, Form } from '../kit/parts.tsx'
import { accountView, doneAt } from './frame.tsx'
import { OWN_PASSWORD, OwnPassword, ownPassword } from './own-password.tsx'

/** Changes the password, or sets the first. */
export const passwordPage = definePage<[User, Identities]>({
  load: (visit) => Promise.all([userOf(visit), identitiesOf(visit)]),
  view(visit, [user, { has_password: hasPassword }], form) {
    const { password: words, cancel } = visit.words.account
    const { minCharacters } = visit.config.passwords
    return accountView(visit, {
      title: hasPassword ? words.change : words.set,
      form,
      content: (
        <>
          <p>{words.text}</p>
          <div class="card">
            <Form form={form} name="password">
              <input hidden autocomplete="username" value={user.username} />
              <OwnPassword form={form} label={words.current} hasPassword={hasPassword} isFirst />
              <Field
                form={form}
                name="new_password"
                type="password"
                label={words.next}
                hint={words.hint.replace('{min}', String(minCharacters))}
                autocomplete="new-password"
                minlength={minCharacters}
                isFirst={!hasPassword}
              />
              <div class="actions">
                <Button>{words.button}</Button>
                <a href={visit.to('/account/security')}>{cancel}</a>
              </div>
            </Form>
          </div>
        </>
      ),
    })
  },
  forms: {
    password: {
      ...OWN_PASSWORD,
      asks: [...OWN_PASSWORD.asks, 'new_password'],
      call: ({ values }) => ({
        path: '/auth/password',
        body: { new_password: values.new_password, ...ownPassword(values) },
      }),
      done: (visit) => doneAt(visit, '/account/security', 'password'),
    },
  },
})
