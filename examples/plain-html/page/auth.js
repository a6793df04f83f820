import { authUrl } from './config.js'
import { createAuthClient } from './edge-auth-client/index.js'

/** One client for the whole page. The session is in a cookie that no script reads. */
export const auth = createAuthClient({ baseUrl: authUrl, credentials: 'cookie' })
