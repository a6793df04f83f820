import { AuthProvider } from 'edge-auth-client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { auth } from './auth.ts'

const root = document.getElementById('app')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <AuthProvider client={auth}>
        <App />
      </AuthProvider>
    </StrictMode>,
  )
}
