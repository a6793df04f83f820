import { readFile } from 'node:fs/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { OWN_ORIGIN, PORT } from './own-origin.ts'
import { home, logIn, secondFactor } from './pages.ts'
import { ask, sessionsOf, visitOf } from './service.ts'

type Refusal = { detail: string; code: string }
type LoggedIn = { mfa_required?: true; mfa_token?: string }

const style = await readFile(new URL('../style.css', import.meta.url), 'utf8')

const app = new Hono()
// A form of another site cannot act here: only this app's own pages may send one.
app.use(csrf({ origin: OWN_ORIGIN }))
app.use(async (c, next) => {
  await next()
  c.header('Cache-Control', 'no-store')
  c.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'",
  )
})

app.get('/style.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css' }))

app.get('/', async (c) => {
  const { visit, cookies } = await visitOf(c.req.raw)
  for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
  return c.html(visit ? home(visit, await sessionsOf(visit)) : logIn())
})

app.post('/login', async (c) => {
  const { username_or_email = '', password = '' } = await typedIn(c.req.raw)
  const credentials = { username_or_email, password, transport: 'cookie' }
  const answer = await ask(c.req.raw, '/auth/login', credentials)
  if (!answer.ok) return c.html(logIn(await detailOf(answer), username_or_email), 400)
  const { mfa_token } = (await answer.json()) as LoggedIn
  return mfa_token ? c.html(secondFactor(mfa_token)) : home303(answer)
})

app.post('/mfa', async (c) => {
  const { mfa_token = '', totp_code, recovery_code } = await typedIn(c.req.raw)
  const proof = { mfa_token, totp_code, recovery_code, transport: 'cookie' }
  const answer = await ask(c.req.raw, '/auth/mfa/verify', proof)
  if (answer.ok) return home303(answer)
  return c.html(secondFactor(mfa_token, await detailOf(answer)), 400)
})

app.post('/logout', async (c) => home303(await ask(c.req.raw, '/auth/logout')))

/** Sends the browser home, with the cookie that the service sets or removes: it is this app's now. */
function home303(answer: Response): Response {
  const headers = new Headers({ location: '/' })
  for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

async function typedIn(request: Request): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await request.clone().text()))
}

async function detailOf(answer: Response): Promise<string> {
  const { detail } = (await answer.json()) as Refusal
  return detail
}

serve({ fetch: app.fetch, port: PORT, hostname: 'localhost' }, () =>
  console.log(`Open ${OWN_ORIGIN}`),
)
