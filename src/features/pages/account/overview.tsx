import { definePage } from '../kit/define-page.ts'
import { Button, Form } from '../kit/parts.tsx'

type User = { username: string; email: string }

/** Who is logged in. */
export const accountPage = definePage<User>({
  load: (visit) => visit.need<User>({ method: 'GET', path: '/auth/me' }),
  view(visit, { username, email }, form) {
    const toLogout = { ...form, visit: { ...visit, path: '/logout' as const } }
    return {
      title: username,
      content: (
        <>
          <h1>{username}</h1>
          <p>{email}</p>
          <Form form={toLogout} name="logout">
            <Button look="quiet">{visit.words.common.logout}</Button>
          </Form>
        </>
      ),
    }
  },
})
