import { type AuthClient, createAuthClient } from 'edge-auth-client'
import { AuthProvider, useAuth, useUser } from 'edge-auth-client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

const client: AuthClient = createAuthClient({
  baseUrl: 'https://auth.example.org',
  credentials: 'cookie',
})

function App() {
  const auth = useAuth()
  const user = useUser()
  if (user === undefined) return <p>One moment</p>
  if (user === null)
    return (
      <button type="button" onClick={() => auth.loginWith('google')}>
        Log in
      </button>
    )
  return <p>{user.username satisfies string}</p>
}

createRoot(document.body).render(
  <StrictMode>
    <AuthProvider client={client}>
      <App />
    </AuthProvider>
  </StrictMode>,
)
