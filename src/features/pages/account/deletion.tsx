import { type Identities, identitiesOf, type User, userOf } from '../kit/answers.ts'
import { type Answer, definePage } from '../kit/define-page.ts'
import { Button, Form } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'
import { accountView, Said } from './frame.tsx'
import { OWN_PASSWORD, OwnPassword, ownPassword } from './own-password.tsx'

/** Deletes the account, after it has said what that means. */
export const deletionPage = definePage<[User, Identities]>({
  load: (visit) => Promise.all([userOf(visit), identitiesOf(visit)]),
  view(visit, [user, { has_password: hasPassword }], form) {
    const words = visit.words.account.deletion
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <p>
            <Said text={words.text}>
              <b>{user.username}</b>
            </Said>
          </p>
          <div class="card">
            <Form form={form} name="delete">
              <OwnPassword form={form} label={words.currentPassword} hasPassword={hasPassword} />
              <div class="actions">
                <Button look="danger">{words.button}</Button>
                <a href={visit.to('/account')}>{words.cancel}</a>
              </div>
            </Form>
          </div>
        </>
      ),
    })
  },
  forms: {
    delete: {
      ...OWN_PASSWORD,
      call: ({ values }) => ({ method: 'DELETE', path: '/auth/me', body: ownPassword(values) }),
      done: deleted,
    },
  },
})

function deleted(visit: Visit): Answer {
  const { title, text } = visit.words.account.deletion.done
  const content = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={visit.to('/login')}>
          {visit.words.common.trouble.toLogin}
        </a>
      </p>
    </>
  )
  return { view: { title, content } }
}
