import { definePage, type View } from '../kit/define-page.ts'
import { Human, humanSources, humanToken } from '../kit/human.tsx'
import { Button, Field, Form, Onward } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'
import { type LoginBody, loggedIn } from './logged-in.tsx'
import { ProviderForms, type Ways } from './login-view.tsx'
import { sentView } from './sent.tsx'

/** Sign-up by password. Who has signed up is logged in, unless the address is to be confirmed first. */
export const signupPage = definePage<Ways>({
  load: (visit) =>
    visit.config.signup.mode === 'closed'
      ? { view: closedView(visit), status: 403 }
      : visit.need<Ways>({ method: 'GET', path: '/auth/providers' }),

  view(visit, { providers }, form) {
    const { entry } = visit.words
    const words = entry.signup
    const { passwords, signup, turnstile } = visit.config
    const isInvited = signup.mode === 'invite'
    const hint = words.passwordHint.replace('{min}', String(passwords.minCharacters))
    return {
      title: words.title,
      sources: turnstile.secretKey === undefined ? {} : humanSources(visit),
      content: (
        <>
          <h1>{words.title}</h1>
          <Form form={form} name="signup" typed={isInvited ? 'invitation' : undefined}>
            {isInvited && (
              <Field
                form={form}
                name="invitation"
                label={words.invitation}
                hint={words.invitationHint}
                autocomplete="off"
                value={visit.carried.invitation}
              />
            )}
            <Field
              form={form}
              name="username"
              label={words.username}
              hint={words.usernameHint}
              autocomplete="username"
              isFirst
            />
            <Field form={form} name="email" type="email" label={words.email} autocomplete="email" />
            <Field
              form={form}
              name="password"
              type="password"
              label={words.password}
              hint={hint}
              autocomplete="new-password"
              minlength={passwords.minCharacters}
            />
            {turnstile.secretKey !== undefined && <Human visit={visit} />}
            <Button>{words.button}</Button>
          </Form>
          {providers.length > 0 && (
            <div class="stack">
              <p class="or">{entry.login.or}</p>
              <ProviderForms form={form} providers={providers} />
            </div>
          )}
        </>
      ),
      foot: (
        <p>
          {words.hasAccount}{' '}
          <Onward visit={visit} to="/login">
            {words.login}
          </Onward>
        </p>
      ),
    }
  },

  forms: {
    signup: {
      keeps: ['invitation', 'username', 'email'],
      asks: ['password'],
      call: ({ values }) => ({
        path: '/auth/signup',
        body: {
          username: values.username,
          email: values.email,
          password: values.password,
          ...(values.invitation && { invitation: values.invitation }),
          ...humanToken(values),
        },
      }),
      async done(visit, body: { verification_required: true } | { id: string }) {
        const { email = '', password } = visit.values
        if ('verification_required' in body) return sentView(visit, 'signup', email)
        const answer = await visit.call<LoginBody>({
          path: '/auth/login',
          body: { username_or_email: email, password, transport: 'cookie' },
        })
        return answer.ok ? loggedIn(visit, answer.body) : { goTo: visit.onward('/login') }
      },
    },
  },
})

function closedView(visit: Visit): View {
  const { closed, login } = visit.words.entry.signup
  return {
    title: closed.title,
    content: (
      <>
        <h1>{closed.title}</h1>
        <p>{closed.text}</p>
        <p>
          <a class="button" href={visit.onward('/login')}>
            {login}
          </a>
        </p>
      </>
    ),
  }
}
