/*
 * The docs page's own script, served as it is: logs in by the page's form and hands the tokens to Swagger UI. They are
 * kept in this tab's session storage, so that a reload keeps the log-in and closing the tab forgets it.
 */
;(() => {
  const STORAGE_KEY = `edge-auth-docs:${location.pathname}`
  const SCHEMES = ['access_token', 'refresh_token']
  const RETRY_MILLISECONDS = 30_000
  /** Tokens live ever shorter towards the end of a session; they are not to be refreshed ever faster. */
  const MIN_AGE_MILLISECONDS = 15_000
  /** A timer cannot wait longer. */
  const MAX_WAIT_MILLISECONDS = 2 ** 31 - 1

  /** Swagger UI, once it has started. */
  let swagger
  let isAuthorized = false
  let session = read()
  let timer

  const isDark = matchMedia('(prefers-color-scheme: dark)')
  const paint = () => document.documentElement.classList.toggle('dark-mode', isDark.matches)
  isDark.addEventListener('change', paint)
  paint()

  /** Storage can be switched off, and can hold anything. */
  function read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STORAGE_KEY))
      return SCHEMES.every((name) => typeof kept?.[name] === 'string') ? kept : undefined
    } catch {
      return undefined
    }
  }

  function keep(next) {
    session = next
    try {
      if (next) sessionStorage.setItem(STORAGE_KEY, JSON.stringify(next))
      else sessionStorage.removeItem(STORAGE_KEY)
    } catch {
      // The log-in then lasts until the page is left.
    }
    show()
  }

  function take({ access_token, refresh_token, expires_in }) {
    const half = (expires_in * 1000) / 2 || 0
    const refresh_at = Date.now() + Math.max(MIN_AGE_MILLISECONDS, half)
    keep({ access_token, refresh_token, refresh_at })
  }

  /** The claims are read only to show a name. The service escapes what is beyond ASCII. */
  function nameIn(token) {
    try {
      const [, claims] = token.split('.')
      return JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).username
    } catch {
      return 'somebody'
    }
  }

  /** Brings the form, Swagger UI and the timer to what the session is now. */
  function show() {
    clearTimeout(timer)
    const form = document.getElementById('log-in')
    const state = document.getElementById('logged-in')
    if (form && state) {
      form.hidden = session !== undefined
      state.hidden = session === undefined
      state.querySelector('b').textContent = session ? nameIn(session.access_token) : ''
    }
    if (!swagger) return
    // Swagger UI fails where nobody ever logged in.
    if (!session && isAuthorized) swagger.authActions.logout(SCHEMES)
    isAuthorized = session !== undefined
    if (!session) return
    const schema = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }
    for (const name of SCHEMES) {
      swagger.authActions.authorize({ [name]: { name, schema, value: session[name] } })
    }
    const wait = session.refresh_at - Date.now() || 0
    timer = setTimeout(refresh, Math.min(Math.max(wait, 0), MAX_WAIT_MILLISECONDS))
  }

  /** Sends a call to this service. Never throws: what went wrong is in `words`. */
  async function post(path, { body, token }) {
    try {
      const answer = await fetch(path, {
        method: 'POST',
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      const said = await answer.json().catch(() => ({}))
      const details = [said.detail, ...(said.errors ?? []).map(({ detail }) => detail)]
      const words = details.filter(Boolean).join(' ') || `The service answered ${answer.status}.`
      return { ok: answer.ok, status: answer.status, said, words }
    } catch {
      return { ok: false, words: 'The service does not answer.' }
    }
  }

  function say(words) {
    document.querySelector('#log-in [role=alert]').textContent = words
  }

  async function logIn(form) {
    const button = form.querySelector('button')
    button.disabled = true
    say('')
    const { ok, said, words } = await post('auth/login', {
      body: Object.fromEntries(new FormData(form)),
    })
    button.disabled = false
    if (!ok) return say(words)
    form.reset()
    take(said)
  }

  async function logOut() {
    const left = session
    if (!left) return
    keep(undefined)
    say('')
    const { ok, status, words } = await endSession(left)
    if (!ok && status !== 401) say(`You are logged out here, but not at the service. ${words}`)
  }

  /** Where the access token has expired its successor ends the session; where there is none, it has ended already. */
  async function endSession({ access_token, refresh_token }) {
    const answer = await post('auth/logout', { token: access_token })
    if (answer.status !== 401) return answer
    const refreshed = await post('auth/refresh', { token: refresh_token })
    if (!refreshed.ok) return refreshed
    return post('auth/logout', { token: refreshed.said.access_token })
  }

  async function refresh() {
    const before = session
    if (!before) return
    const { ok, status, said, words } = await post('auth/refresh', { token: before.refresh_token })
    if (session !== before) return
    if (ok) return take(said)
    if (status !== 401) {
      clearTimeout(timer)
      timer = setTimeout(refresh, RETRY_MILLISECONDS)
      return
    }
    keep(undefined)
    say(words)
  }

  /** Goes on with what was done by "Execute": new tokens, a log-out, the list of sessions. */
  function follow(response) {
    const { ok, status, url, body } = response
    if (ok && /\/auth\/logout$/.test(url)) keep(undefined)
    // What was done may have ended this session too, or changed what its tokens say. Its refresh token knows.
    else if (status === 204) void refresh()
    if (!ok || !body) return response
    if (SCHEMES.every((name) => typeof body[name] === 'string')) take(body)
    const other = Array.isArray(body.sessions) && body.sessions.find(({ current }) => !current)
    if (other) {
      const operation = ['/auth/sessions/{id}', 'delete']
      swagger.specActions.changeParam(operation, 'id', 'path', other.id, false)
    }
    return response
  }

  document.addEventListener('DOMContentLoaded', () => {
    const form = document.getElementById('log-in')
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void logIn(form)
    })
    document.querySelector('#logged-in button').addEventListener('click', logOut)
    show()
  })

  /** What the options of Swagger UI name (src/features/meta/docs/page.ts). */
  window.docsPage = {
    follow,
    plugin: () => ({
      afterLoad(system) {
        swagger = system
        show()
      },
    }),
  }
})()
