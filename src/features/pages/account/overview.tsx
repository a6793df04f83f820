import { type User, userOf } from '../kit/answers.ts'
import { definePage } from '../kit/define-page.ts'
import type { FormState } from '../kit/form-state.ts'
import { Button, Field, Form } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'
import { accountView, doneAt, Part, Said } from './frame.tsx'

/** Who is logged in, the profile, and the ways to what is changed more seldom. */
export const accountPage = definePage<User>({
  load: userOf,
  view(visit, user, form) {
    const words = visit.words.account.overview
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <p>
            <Said text={words.loggedInAs}>
              <b>{user.username}</b>
            </Said>
          </p>
          <Part title={words.profile}>
            <Profile visit={visit} user={user} form={form} />
          </Part>
          <Part title={words.email}>
            <p>
              <b>{user.email}</b> ({user.email_verified ? words.verified : words.unverified})
            </p>
            {!user.email_verified && (
              <Form form={form} name="verification">
                <Button look="quiet">{words.verify}</Button>
              </Form>
            )}
            <p>
              <a href={visit.to('/account/email')}>{words.changeEmail}</a>
            </p>
          </Part>
          <Part title={words.end}>
            <p>{words.endText}</p>
            <p>
              <a href={visit.to('/account/delete')}>{words.end}</a>
            </p>
          </Part>
        </>
      ),
    })
  },

  forms: {
    profile: {
      keeps: ['display_name', 'username', 'locale', 'avatar_url'],
      call: ({ values }) => ({
        method: 'PATCH',
        path: '/auth/me',
        body: {
          username: values.username,
          display_name: values.display_name || null,
          locale: values.locale || null,
          avatar_url: values.avatar_url || null,
        },
      }),
      done: (visit) => doneAt(visit, '/account', 'profile'),
    },
    verification: {
      call: () => ({ path: '/auth/email/verification' }),
      done: (visit) => doneAt(visit, '/account', 'verification'),
    },
  },
})

function Profile({ visit, user, form }: { visit: Visit; user: User; form: FormState }) {
  const { account, common } = visit.words
  const words = account.overview
  const label = (text: string) => `${text} (${common.optional})`
  return (
    <Form form={form} name="profile">
      <Field
        form={form}
        name="display_name"
        label={label(words.displayName)}
        hint={words.displayNameHint}
        value={user.display_name ?? ''}
        autocomplete="name"
        isOptional
      />
      <Field
        form={form}
        name="username"
        label={words.username}
        hint={visit.words.entry.signup.usernameHint}
        value={user.username}
        autocomplete="username"
      />
      <Field
        form={form}
        name="locale"
        label={label(words.locale)}
        hint={words.localeHint}
        value={user.locale ?? ''}
        autocomplete="language"
        isOptional
      />
      <Field
        form={form}
        name="avatar_url"
        type="url"
        label={label(words.avatarUrl)}
        hint={words.avatarUrlHint}
        value={user.avatar_url ?? ''}
        autocomplete="photo"
        isOptional
      />
      <Button>{account.save}</Button>
    </Form>
  )
}
