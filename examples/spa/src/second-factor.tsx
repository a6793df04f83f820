import type { LoginPending } from 'edge-auth-client'
import { useAuth } from 'edge-auth-client/react'
import { Field, Form } from './form.tsx'

/** What a log-in by password still asks for. */
export function SecondFactor({ pending }: { pending: LoginPending }) {
  const auth = useAuth()
  const asked = new Set<string>(pending.methods)
  return (
    <section>
      <h2>One more step</h2>
      {asked.has('passkey') && (
        <Form
          label="Use a passkey"
          action={async () => pending.verify(await auth.provePasskey())}
        />
      )}
      {asked.has('totp') && (
        <Form label="Check the code" action={({ totp_code = '' }) => pending.verify({ totp_code })}>
          <Field label="Code of your app" name="totp_code" autoComplete="one-time-code" />
        </Form>
      )}
      {asked.has('recovery_code') && (
        <Form
          label="Use the recovery code"
          action={({ recovery_code = '' }) => pending.verify({ recovery_code })}
        >
          <Field label="Recovery code" name="recovery_code" autoComplete="off" />
        </Form>
      )}
    </section>
  )
}
