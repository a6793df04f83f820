import { html } from 'hono/html'
import type { Session, Visit } from './service.ts'

type Html = ReturnType<typeof html>

const page = (content: Html) => html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <meta name="color-scheme" content="light dark" />
      <title>Example app</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/style.css" />
    </head>
    <body>
      <main>
        <h1>Example app</h1>
        ${content}
      </main>
    </body>
  </html>`

const alert = (refusal?: string) => (refusal ? html`<p role="alert">${refusal}</p>` : '')

/** The page of somebody who is logged in, whole as it comes from the server. */
export const home = ({ claims }: Visit, sessions: Session[]) =>
  page(html`
    <p>You are <strong>${claims.username}</strong>, ${claims.email}.</p>
    <section>
      <h2>Where you are logged in</h2>
      <ul aria-label="Sessions">
        ${sessions.map(
          ({ current, user_agent }) =>
            html`<li>${user_agent.browser ?? 'A browser'}${current ? html` <em>this one</em>` : ''}</li>`,
        )}
      </ul>
    </section>
    <form method="post" action="/logout"><button>Log out</button></form>
  `)

export const logIn = (refusal?: string, typed = '') =>
  page(html`
    <section>
      <h2>Log in</h2>
      <form method="post" action="/login">
        <p>
          <label for="who">Username or email</label>
          <input id="who" name="username_or_email" value="${typed}" autocomplete="username" required />
        </p>
        <p>
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
        </p>
        ${alert(refusal)}
        <button>Log in</button>
      </form>
    </section>
  `)

/** What a log-in by password still asks for. The token says which log-in it is; it works once, for minutes. */
export const secondFactor = (mfaToken: string, refusal?: string) =>
  page(html`
    <section>
      <h2>One more step</h2>
      ${alert(refusal)}
      ${factor(mfaToken, TOTP_CODE)}
      ${factor(mfaToken, RECOVERY_CODE)}
    </section>
  `)

type Factor = { name: string; label: string; autocomplete: string; button: string }

const TOTP_CODE: Factor = {
  name: 'totp_code',
  label: 'Code of your app',
  autocomplete: 'one-time-code',
  button: 'Log in',
}
const RECOVERY_CODE: Factor = {
  name: 'recovery_code',
  label: 'Recovery code',
  autocomplete: 'off',
  button: 'Use the recovery code',
}

/** A form of its own for each, since exactly one is sent. */
const factor = (mfaToken: string, { name, label, autocomplete, button }: Factor) => html`
  <form method="post" action="/mfa">
    <input type="hidden" name="mfa_token" value="${mfaToken}" />
    <p>
      <label for="${name}">${label}</label>
      <input id="${name}" name="${name}" autocomplete="${autocomplete}" required />
    </p>
    <button>${button}</button>
  </form>
`
