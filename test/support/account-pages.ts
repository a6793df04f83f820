import { expect } from 'vitest'
import type { HostedPath } from '../../src/features/pages/kit/paths.ts'
import type { Person, TestApp } from './app.ts'
import type { Authenticator } from './authenticator.ts'
import { expectHostedPage, fieldValue, visitor } from './hosted-pages.ts'
import { setSession } from './sessions.ts'
import { totpAt } from './totp.ts'

export type AccountPath = Extract<HostedPath, `/account${string}`>
export type AtAccount = Awaited<ReturnType<typeof atAccount>>

const OLD = "now() - interval '11 minutes'"

/** Logs somebody in at the pages. */
export async function logInAt(t: TestApp, { username, password }: Person) {
  const at = visitor(() => t)
  const sent = { form: 'password', username_or_email: username, password }
  expect((await at.send('/login', sent)).status).toBe(303)
  return at
}

/** Somebody new at the pages of the account. */
export async function atAccount(t: TestApp) {
  const person = await t.signup()
  const at = await logInAt(t, person)
  const change = (assignments: string) =>
    setSession(t, { access_token: at.jar.get('ea_session') ?? '' }, assignments)
  return {
    ...{ person, ...at },
    /** Changes the row of the session. */
    change,
    /** Makes all that was proven older than what needs a fresh proof accepts. */
    age: () => change(`authenticated_at = ${OLD}, second_factor_at = ${OLD}`),
    /** Opens a page, which must be shown, and gives its text. */
    page: async (path: string) => expectHostedPage(await at.open(path), 200),
  }
}

/** Sets up an authenticator app by the pages. The code of now is still to be used. */
export async function setUpApp(t: TestApp, at: Pick<AtAccount, 'send'>) {
  const page = await expectHostedPage(await at.send('/account/totp', { form: 'start' }), 200)
  const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1] ?? '').replaceAll(' ', '')
  const now = () => t.deps.clock.now().getTime()
  const sent = { form: 'confirm', totp_code: totpAt(secret, now() - 30_000) }
  const shown = await expectHostedPage(await at.send('/account/totp', sent), 200)
  const codes = Array.from(shown.matchAll(/<li><code>([^<]+)<\/code>/g), ([, code = '']) => code)
  return { page, secret, codes, code: () => totpAt(secret, now()) }
}

/** Adds a passkey by the pages, as their script does, and gives its id and whose it is, as it names them. */
export async function addPasskey(
  at: Pick<AtAccount, 'send' | 'page'>,
  authenticator: Authenticator,
  name = 'Phone',
): Promise<{ id: string; userHandle: string }> {
  const page = await at.page('/account/passkey/new')
  const given = /data-creation="([^"]*)"/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? ''
  const { public_key: options, challenge_token } = JSON.parse(given)
  const credential = await authenticator.create({ challenge: options.challenge })
  const passkey = JSON.stringify({ challenge_token, credential })
  const answer = await at.send('/account/passkey/new', { form: 'register', name, passkey })
  expect([200, 303]).toContain(answer.status)
  const list = await at.page('/account/security')
  return { id: /passkey\?id=([\w-]+)/.exec(list)?.[1] ?? '', userHandle: options.user.id }
}

/** What goes along with a fresh proof, as the page has it. */
export function keptIn(page: string): { back: string; resume: string } {
  const value = (name: string) => (fieldValue(page, name) ?? '').replaceAll('&amp;', '&')
  return { back: value('back'), resume: value('resume') }
}
