import type { LoginPending } from 'edge-auth-client'
import { useAuth } from 'edge-auth-client/react'
import { useState } from 'react'
import { Field, Form } from './form.tsx'
import { SecondFactor } from './second-factor.tsx'

/** Sign-up, and log-in by password or passkey. */
export function SignedOut() {
  const auth = useAuth()
  const [isNew, setIsNew] = useState(false)
  const [pending, setPending] = useState<LoginPending>()

  async function logIn(username_or_email: string, password: string) {
    const outcome = await auth.login({ username_or_email, password })
    if (outcome.mfa_required) setPending(outcome)
  }

  if (pending) return <SecondFactor pending={pending} />
  if (isNew) {
    return (
      <section>
        <h2>Sign up</h2>
        <Form
          label="Create account"
          action={async ({ username = '', email = '', password = '' }) => {
            await auth.signup({ username, email, password })
            await logIn(username, password)
          }}
        >
          <Field label="Username" name="username" autoComplete="username" />
          <Field label="Email" name="email" type="email" autoComplete="email" />
          <Field label="Password" name="password" type="password" autoComplete="new-password" />
        </Form>
        <button type="button" className="link" onClick={() => setIsNew(false)}>
          I have an account
        </button>
      </section>
    )
  }
  return (
    <section>
      <h2>Log in</h2>
      <Form
        label="Log in"
        action={({ username_or_email = '', password = '' }) => logIn(username_or_email, password)}
      >
        <Field label="Username or email" name="username_or_email" autoComplete="username" />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
      </Form>
      <Form label="Log in by passkey" action={() => auth.logInWithPasskey()} />
      <button type="button" className="link" onClick={() => setIsNew(true)}>
        I am new here
      </button>
    </section>
  )
}
