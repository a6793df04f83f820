import { createAuthClient } from '../../../client/index.ts'

const settings = new URLSearchParams(location.search)
const baseUrl = settings.get('api') ?? ''
const key = `edge-auth:${baseUrl}/`
let loggedOut = 0

const auth = createAuthClient({
  baseUrl,
  ...(settings.get('locks') === 'off' && { locks: false }),
  onLoggedOut: () => {
    loggedOut++
  },
})

function stored() {
  return JSON.parse(localStorage.getItem(key) ?? 'null')
}

/** Timers alone are too coarse for two tabs to start together. */
async function until(instant: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, instant - Date.now() - 10))
  while (Date.now() < instant);
}

const page = {
  auth,
  loggedOut: () => loggedOut,
  refreshToken: (): string | undefined => stored()?.refresh_token,
  /** Lets the access token look expired, in all tabs once the browser has spread it. */
  expire: () =>
    localStorage.setItem(key, JSON.stringify({ ...stored(), refresh_after: 0, expires_at: 0 })),
  isExpired: () => stored()?.expires_at === 0,
  /** Refreshes at the given instant, then uses what came of it. */
  async refreshAt(instant: number) {
    await until(instant)
    const before = page.refreshToken()
    const wasExpired = page.isExpired()
    const access = await auth.accessToken()
    const { username } = await auth.me()
    return { before, wasExpired, access, username }
  },
}

export type Page = typeof page
Object.assign(globalThis, { page })
