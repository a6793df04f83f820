import { useAuth } from 'edge-auth-client/react'
import { useEffect, useState } from 'react'
import { API_URL } from './auth.ts'
import { Field, Form } from './form.tsx'

/** Notes that an API of your own keeps. `auth.fetch` sends it an access token of the session. */
export function Notes() {
  const auth = useAuth()
  const [notes, setNotes] = useState<string[]>([])
  useEffect(() => {
    auth
      .fetch(`${API_URL}/notes`)
      .then((answer) => answer.json())
      .then(({ notes }) => setNotes(notes), console.error)
  }, [auth])

  async function add(text: string) {
    const answer = await auth.fetch(`${API_URL}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
    if (!answer.ok) throw new Error('The note was not kept.')
    setNotes((await answer.json()).notes)
  }

  return (
    <section>
      <h2>Notes</h2>
      <ul aria-label="Notes">
        {notes.map((note, at) => (
          <li key={`${at} ${note}`}>{note}</li>
        ))}
      </ul>
      <Form label="Keep it" action={({ text = '' }) => add(text)}>
        <Field label="A note" name="text" maxLength={200} />
      </Form>
    </section>
  )
}
