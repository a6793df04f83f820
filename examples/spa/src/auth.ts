import { createAuthClient } from 'edge-auth-client'

/** An API of your own, such as that of examples/api, if there is one. */
export const API_URL: string | undefined = import.meta.env.VITE_API_URL

/** One client for the whole page. The session is in a cookie that no script reads. */
export const auth = createAuthClient({
  baseUrl: import.meta.env.VITE_AUTH_URL ?? 'http://localhost:8787',
  credentials: 'cookie',
  trustedOrigins: API_URL ? [API_URL] : [],
})
