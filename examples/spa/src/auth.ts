import { createAuthClient } from 'edge-auth-client'

/** One client for the whole page. The session is in a cookie that no script reads. */
export const auth = createAuthClient({
  baseUrl: import.meta.env.VITE_AUTH_URL ?? 'http://localhost:8787',
  credentials: 'cookie',
})
