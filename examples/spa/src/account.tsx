import type { User } from 'edge-auth-client'
import { useAuth } from 'edge-auth-client/react'
import { API_URL } from './auth.ts'
import { Form } from './form.tsx'
import { Notes } from './notes.tsx'
import { Passkeys } from './passkeys.tsx'
import { Sessions } from './sessions.tsx'

/** What somebody sees who is logged in. */
export function Account({ user }: { user: User }) {
  const auth = useAuth()
  return (
    <>
      <p>
        You are <strong>{user.username}</strong>, {user.email}.
      </p>
      {user.email_verified ? (
        <p className="good">Your email is verified.</p>
      ) : (
        <aside>
          <p>We have sent you a mail. Please follow the link in it.</p>
          <Form label="I have done so" action={() => auth.me()} />
        </aside>
      )}
      <Passkeys />
      <Sessions />
      {API_URL && <Notes />}
      <Form label="Log out" action={() => auth.logout()} />
    </>
  )
}
