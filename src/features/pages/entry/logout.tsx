import { type Answer, definePage } from '../kit/define-page.ts'
import { Button, Form } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'

/** Ends the session. Its form may stand on any page of this service. */
export const logoutPage = definePage<null>({
  load: () => null,
  view(visit, _, form) {
    const { title, text, button } = visit.words.entry.logout
    return {
      title,
      content: (
        <>
          <h1>{title}</h1>
          <p>{text}</p>
          <Form form={form} name="logout">
            <Button>{button}</Button>
          </Form>
        </>
      ),
    }
  },
  forms: {
    logout: {
      call: () => ({ path: '/auth/logout' }),
      done: loggedOut,
      // Who has no session that works is logged out as well.
      refused: (visit, { code }) => (code.startsWith('token_') ? loggedOut(visit) : undefined),
    },
  },
})

function loggedOut(visit: Visit): Answer {
  const { entry } = visit.words
  const { title, text } = entry.logout.done
  const content = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={visit.to('/login')}>
          {entry.login.button}
        </a>
      </p>
    </>
  )
  return { view: { title, content } }
}
