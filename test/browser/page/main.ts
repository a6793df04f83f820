import { createAuthClient, tokenOfLink } from '../../../client/index.ts'

const settings = new URLSearchParams(location.search)
const baseUrl = settings.get('api') ?? ''
const key = `edge-auth:${baseUrl}/`
let loggedOut = 0

const create = () =>
  createAuthClient({
    baseUrl,
    ...(settings.get('locks') === 'off' && { locks: false }),
    ...(settings.get('credentials') === 'cookie' && { credentials: 'cookie' }),
    onLoggedOut: () => {
      loggedOut++
    },
  })
const auth = create()
const told: boolean[] = []
auth.onChange((isLoggedIn) => told.push(isLoggedIn))

function stored() {
  return JSON.parse(localStorage.getItem(key) ?? 'null')
}

function change(tokens: object): void {
  localStorage.setItem(key, JSON.stringify({ ...stored(), ...tokens }))
}

/** Timers alone are too coarse for two tabs to start together. */
async function until(instant: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, instant - Date.now() - 10))
  while (Date.now() < instant);
}

/** On the page that browsers come back to from a provider. */
const completed = location.pathname === '/return' ? auth.completeLogin() : undefined
completed?.catch(() => undefined)

const page = {
  auth,
  completed,
  toldOf,
  /** What the page's button does, for browsers let pages open windows in a click alone. What came of it is awaited later. */
  work: undefined as undefined | (() => Promise<unknown>),
  click() {
    page.clicked = page.work && toldOf(page.work())
  },
  clicked: undefined as undefined | ReturnType<typeof toldOf>,
  create,
  tokenOfLink: () => tokenOfLink(),
  loggedOut: () => loggedOut,
  /** What a listener was told so far. */
  told: () => told,
  accessToken: (): string | undefined => stored()?.access_token,
  refreshToken: (): string | undefined => stored()?.refresh_token,
  /** All that a script of the page can read of what the browser keeps. */
  async readable() {
    const { document, cookieStore } = globalThis as unknown as Readable
    const store = (await cookieStore?.getAll()) ?? []
    return {
      cookies: document.cookie + store.map(({ name }) => name).join(),
      local: JSON.stringify(localStorage),
      session: JSON.stringify(sessionStorage),
      databases: (await indexedDB.databases()).map(({ name }) => name),
    }
  },
  /** Lets the access token look expired, in all tabs once the browser has spread it. */
  expire: () => change({ expires_at: 0 }),
  isExpired: () => stored()?.expires_at === 0,
  /** Lets half of the access token's life be over, as long ago as a little of these seconds. */
  age: (seconds: number) =>
    change({ issued_at: Date.now() - seconds * 1000, expires_at: Date.now() + seconds * 1000 }),
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

/** What types for browsers and servers alike have not. */
type Readable = {
  document: { cookie: string }
  cookieStore?: { getAll(): Promise<{ name: string }[]> }
}

/** What came of a flow, as text can tell it. */
async function toldOf(pending: Promise<unknown>) {
  return pending.then(
    (outcome) => ({ outcome: JSON.parse(JSON.stringify(outcome ?? null)) }),
    ({ code, linkToken }) => ({ code, linkToken }),
  )
}

export type Page = typeof page
Object.assign(globalThis, { page })
