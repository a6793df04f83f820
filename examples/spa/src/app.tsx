import { useUser } from 'edge-auth-client/react'
import { Account } from './account.tsx'
import { SignedOut } from './signed-out.tsx'

/** What is shown follows from who is logged in, in whichever tab they did so. */
export function App() {
  const user = useUser()
  return (
    <main>
      <h1>Example app</h1>
      {user === undefined && <p role="status">One moment …</p>}
      {user === null && <SignedOut />}
      {user && <Account user={user} />}
    </main>
  )
}
