import type { Session } from 'edge-auth-client'
import { useAuth } from 'edge-auth-client/react'
import { useCallback, useEffect, useState } from 'react'
import { Form } from './form.tsx'

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** Where the user is logged in. Any other session can be ended from here. */
export function Sessions() {
  const auth = useAuth()
  const [sessions, setSessions] = useState<Session[]>([])
  const load = useCallback(() => auth.sessions().then(setSessions), [auth])
  useEffect(() => {
    load().catch(console.error)
  }, [load])

  return (
    <section>
      <h2>Where you are logged in</h2>
      <ul aria-label="Sessions">
        {sessions.map(({ id, current, user_agent, last_used_at }) => (
          <li key={id}>
            {user_agent.browser ?? 'A browser'} on {user_agent.os ?? 'some device'},{' '}
            {when.format(new Date(last_used_at))}
            {current ? (
              <em>this one</em>
            ) : (
              <Form label="End it" action={() => auth.endSession(id).then(load)} />
            )}
          </li>
        ))}
      </ul>
      <Form label="Look again" action={load} />
    </section>
  )
}
