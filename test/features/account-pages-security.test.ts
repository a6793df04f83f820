import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTED_PATHS } from '../../src/features/pages/kit/paths.ts'
import {
  type AccountPath,
  type AtAccount,
  addPasskey,
  atAccount,
  keptIn,
  logInAt,
  setUpApp,
} from '../support/account-pages.ts'
import { eventsOf } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { expectHostedPage, fieldValue } from '../support/hosted-pages.ts'
import { linkedIdentity } from '../support/identities.ts'
import { quoted } from '../support/names.ts'
import { assertion } from '../support/passkeys.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({
    env: { WEBAUTHN_RP_ID: 'localhost', WEBAUTHN_ORIGINS: 'http://localhost:*' },
  })
  // So that there is a provider by which somebody can log in.
  const google = { id: 'google', name: 'Google' }
  t.deps.providers = { list: [google], find: () => google as never }
})
afterAll(() => t.close())

describe('an authenticator app', () => {
  it('is set up by a code, and comes with recovery codes', async () => {
    const at = await atAccount(t)
    const other = await logInAt(t, at.person)
    const { page, secret, codes } = await setUpApp(t, at)
    expect(page).toMatch(/<img[^>]*src="data:image\/svg\+xml,%3Csvg/)
    expect(secret).toHaveLength(32)
    expect(codes).toHaveLength(10)
    expect((await other.open('/account')).status).toBe(303)
    const list = await at.page('/account/security')
    expect(list).toContain('10 are left.')
    for (const told of [secret, ...codes]) expect(list).not.toContain(told)
  })

  it('that was set up meanwhile on another page is said, and not set up twice', async () => {
    const at = await atAccount(t)
    await setUpApp(t, at)
    const page = await expectHostedPage(await at.send('/account/totp', { form: 'start' }), 409)
    expect(page.match(/role="alert">You have an authenticator app already/g)).toHaveLength(1)
  })

  it('after a wrong code asks for another one, and shows no secret again', async () => {
    const at = await atAccount(t)
    const begun = await expectHostedPage(await at.send('/account/totp', { form: 'start' }), 200)
    const [, secret = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(begun) ?? []
    const sent = { form: 'confirm', totp_code: '12345' }
    const page = await expectHostedPage(await at.send('/account/totp', sent), 422)
    expect(page).toMatch(/id="totp_code"[^>]*aria-invalid="true"/)
    expect(page).not.toContain(secret)
    expect(page).not.toContain(secret.replaceAll(' ', ''))
    expect(page).not.toContain('12345')
  })

  it('is removed, and its codes are replaced, by forms that ask first', async () => {
    const at = await atAccount(t)
    const { codes } = await setUpApp(t, at)
    const page = await expectHostedPage(await at.send('/account/security', { form: 'codes' }), 200)
    expect(page.match(/<li><code>/g)).toHaveLength(10)
    for (const code of codes) expect(page).not.toContain(code)
    const answer = await at.send('/account/security', { form: 'remove_totp' })
    expect(answer.headers.get('location')).toBe('../account/security?done=totp_removed')
    expect(await at.page('/account/security')).toContain('Set up an app')
  })
})

describe('a passkey', () => {
  it('is added, renamed and removed', async () => {
    const at = await atAccount(t)
    const { id } = await addPasskey(at, await createAuthenticator())
    expect(await at.page('/account/security')).toContain('<b>Phone</b>')
    const path = '/account/passkey'
    const refused = await at.send(path, { form: 'rename', id, name: 'x'.repeat(65) })
    expect(await expectHostedPage(refused, 422)).toContain('id="name-error"')
    expect((await at.send(path, { form: 'rename', id, name: 'Old phone' })).status).toBe(303)
    expect(fieldValue(await at.page(`${path}?id=${id}`), 'name')).toBe('Old phone')
    expect((await at.send(path, { form: 'remove', id })).status).toBe(303)
    expect((await at.open(`${path}?id=${id}`)).headers.get('location')).toBe('../account/security')
  })

  it('of somebody else is out of reach', async () => {
    const [at, victim] = [await atAccount(t), await atAccount(t)]
    const { id } = await addPasskey(victim, await createAuthenticator())
    expect((await at.open(`/account/passkey?id=${id}`)).status).toBe(303)
    await at.send('/account/passkey', { form: 'remove', id })
    await at.send('/account/passkey', { form: 'rename', id, name: 'Mine' })
    expect(await victim.page('/account/security')).toContain('<b>Phone</b>')
  })
})

describe('an account at a provider', () => {
  it('is disconnected, unless it is the last way to log in', async () => {
    const at = await atAccount(t)
    const id = await linkedIdentity(t, at.person)
    expect(await at.page('/account/security')).toContain('ada@example.org')
    expect((await at.send('/account/security', { form: 'unlink', id })).status).toBe(303)
    const last = await linkedIdentity(t, at.person)
    await t.column(`delete from edge_auth.credentials where user_id = ${quoted(at.person.id)}
      returning user_id::text`)
    const answer = await at.send('/account/security', { form: 'unlink', id: last })
    expect(await expectHostedPage(answer, 409)).toMatch(
      /<details open=""><summary>Disconnect.*role="alert">Without this you could not log in/s,
    )
  })
})

describe('a fresh proof', () => {
  const password = (page: string) => ({ form: 'password', password: PASSWORD, ...keptIn(page) })

  it('is asked for by a form, which is then sent', async () => {
    const at = await atAccount(t)
    const id = await linkedIdentity(t, at.person)
    await at.age()
    const asked = await at.send('/account/security', { form: 'unlink', id })
    const page = await expectHostedPage(asked, 401)
    expect(page).toContain('Confirm that it is you')
    const wrong = { ...password(page), password: 'wrong' }
    const again = await expectHostedPage(await at.send('/account/confirm', wrong), 401)
    expect(again).toContain('This is not your password.')
    expect(keptIn(again)).toEqual(keptIn(page))
    expect(await at.page('/account/security')).toContain('ada@example.org')
    const answer = await at.send('/account/confirm', password(again))
    expect(answer.headers.get('location')).toBe('../account/security?done=unlinked')
    expect(await at.page('/account/security')).not.toContain('ada@example.org')
  })

  it('leads back to a page that needs it to be opened', async () => {
    const at = await atAccount(t)
    await at.age()
    const page = await expectHostedPage(await at.open('/account/passkey/new'), 401)
    const answer = await at.send('/account/confirm', password(page))
    expect(answer.headers.get('location')).toBe('../account/passkey/new')
    await at.page('/account/passkey/new')
  })

  it('sends no form that stood in an address', async () => {
    const at = await atAccount(t)
    await at.age()
    const opened = await at.open('/account/passkey/new?form=register&passkey=x')
    const page = await expectHostedPage(opened, 401)
    expect(keptIn(page).resume).not.toContain('form')
    const answer = await at.send('/account/confirm', password(page))
    expect(await expectHostedPage(answer, 200)).not.toContain('role="alert">Some')
  })

  it('keeps what was typed in a form with a password, but neither that nor sends it', async () => {
    const at = await atAccount(t)
    const { code } = await setUpApp(t, at)
    await at.age()
    const email = `new-${at.person.email}`
    const fields = { form: 'email', new_email: email, current_password: PASSWORD }
    const page = await expectHostedPage(await at.send('/account/email', fields), 401)
    expect(page).not.toContain(PASSWORD)
    expect(page).not.toContain('current_password')
    // The password is none where there is a second factor.
    expect(page).not.toContain('id="password"')
    const proof = { form: 'totp', totp_code: code(), ...keptIn(page) }
    const back = await expectHostedPage(await at.send('/account/confirm', proof), 200)
    expect(fieldValue(back, 'new_email')).toBe(email)
    expect(await t.mailsTo(email)).toEqual([])
    expect((await at.send('/account/email', fields)).status).toBe(303)
  })

  it('is a code, a recovery code or a passkey of who has them', async () => {
    const at = await atAccount(t)
    const { codes } = await setUpApp(t, at)
    const authenticator = await createAuthenticator()
    const { userHandle } = await addPasskey(at, authenticator)
    const isFresh = async () => (await at.open('/account/passkey/new')).status === 200
    const wrong = { form: 'recovery', recovery_code: 'wrong' }
    expect(await expectHostedPage(await at.send('/account/confirm', wrong), 401)).toMatch(
      /id="recovery_code"[^>]*aria-invalid="true"/,
    )
    const passkey = JSON.stringify(await assertion(t, { authenticator, userHandle }))
    for (const proof of [
      { form: 'recovery', recovery_code: codes[0] ?? '' },
      { form: 'passkey', passkey },
    ]) {
      await at.age()
      expect(await isFresh()).toBe(false)
      expect((await at.send('/account/confirm', proof)).headers.get('location')).toBe(
        '../account/security',
      )
      expect(await isFresh()).toBe(true)
    }
  })

  it.each(['https://evil.example', '//evil.example', '/login', '/account/confirm', '/account/x'])(
    'leads to no other page than one of the account: %s',
    async (back) => {
      const at = await atAccount(t)
      const answer = await at.send('/account/confirm', {
        form: 'password',
        password: PASSWORD,
        back,
      })
      expect(answer.headers.get('location')).toBe('../account/security')
    },
  )

  it('is a new log-in where there is no other way', async () => {
    const at = await atAccount(t)
    await t.column(`delete from edge_auth.credentials where user_id = ${quoted(at.person.id)}
      returning user_id::text`)
    await at.age()
    const page = await expectHostedPage(await at.open('/account/passkey/new'), 401)
    expect(page).toContain('Please log out and in again for this.')
    expect(page).toContain('action="../../logout"')
  })
})

describe('a session that can only set up a second factor', () => {
  it('is led to do so from every page, and then is one like any other', async () => {
    const strict = await t.beside({ env: { REQUIRE_MFA: 'all' } })
    const at = await atAccount(strict)
    for (const path of ['/account', '/account/security', '/account/sessions']) {
      const { headers } = await at.open(path)
      expect(headers.get('location')).toMatch(/account\/totp\?done=needed$/)
    }
    const needed = await at.page('/account/totp?done=needed')
    expect(needed).toContain('please set up a second factor')
    // Who cannot or does not want to may leave.
    expect(needed).toContain('action="../logout"')
    const { codes } = await setUpApp(strict, at)
    expect(codes).toHaveLength(10)
    await at.page('/account')
  })

  it('whose log-in was long ago logs in again', async () => {
    const strict = await t.beside({ env: { REQUIRE_MFA: 'all' } })
    const at = await atAccount(strict)
    await at.age()
    const answer = await at.send('/account/totp', { form: 'start' })
    expect(answer.headers.get('location')).toBe('../login?return_to=%2Faccount%2Ftotp')
    await expectHostedPage(await at.open('/login?return_to=/account/totp'), 200)
  })
})

/** A form of each page that has one, by which something happens, and what has to be there before. */
const FORMS: Record<
  Exclude<AccountPath, '/account/activity'>,
  (at: AtAccount) => Record<string, string> | Promise<Record<string, string>>
> = {
  '/account': () => ({ form: 'verification' }),
  '/account/email': ({ person }) => ({
    ...{ form: 'email', new_email: `new-${person.email}`, current_password: PASSWORD },
  }),
  '/account/delete': () => ({ form: 'delete', current_password: PASSWORD }),
  '/account/security': async ({ person }) => ({
    ...{ form: 'unlink', id: await linkedIdentity(t, person) },
  }),
  '/account/password': () => ({
    ...{ form: 'password', current_password: PASSWORD },
    new_password: 'another horse, another battery',
  }),
  '/account/totp': () => ({ form: 'start' }),
  '/account/passkey': async (at) => ({
    ...{ form: 'remove', id: (await addPasskey(at, await createAuthenticator())).id },
  }),
  '/account/passkey/new': () => ({ form: 'register', passkey: '{}' }),
  '/account/sessions': () => ({ form: 'end_others' }),
  '/account/confirm': () => ({ form: 'password', password: PASSWORD }),
}

const FORGED: Record<string, Record<string, string | undefined>> = {
  'of another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'of a sibling': { origin: 'http://app.localhost:8000', 'sec-fetch-site': 'same-site' },
  'of an app that may call the API': { origin: 'https://app.example.org' },
  'of another port': { origin: 'http://localhost:8001', 'sec-fetch-site': 'same-site' },
  'of a sandboxed frame': { origin: 'null' },
  'of no origin': { origin: undefined, 'sec-fetch-site': undefined },
  'of the right origin, from another site': { 'sec-fetch-site': 'cross-site' },
}

it('each page of the account that takes forms is tried below', () => {
  const paths = HOSTED_PATHS.filter((path) => path.startsWith('/account'))
  expect([...Object.keys(FORMS), '/account/activity'].sort()).toEqual([...paths].sort())
})

describe.each(Object.keys(FORMS) as (keyof typeof FORMS)[])('a form of %s', (path) => {
  it('changes nothing where no page of this service sent it, and something where one did', async () => {
    const at = await atAccount(t)
    const fields = await FORMS[path](at)
    const before = await eventsOf(t, at.person.id)
    const cookie = at.jar.get('ea_session')
    for (const [name, headers] of Object.entries(FORGED)) {
      const answer = await at.send(path, fields, headers)
      const page = await expectHostedPage(answer, 403)
      expect(page, name).toContain('The form came from another site')
      expect(answer.headers.has('set-cookie'), name).toBe(false)
    }
    expect(await eventsOf(t, at.person.id)).toEqual(before)
    expect(at.jar.get('ea_session')).toBe(cookie)
    const own = await at.send(path, fields)
    expect(own.status).not.toBe(403)
    expect(own.status).toBeLessThan(path === '/account/passkey/new' ? 423 : 400)
  })

  it('is none where it is only opened', async () => {
    const at = await atAccount(t)
    const fields = await FORMS[path](at)
    const before = await eventsOf(t, at.person.id)
    const cookie = at.jar.get('ea_session')
    expect((await at.open(`${path}?${new URLSearchParams(fields)}`)).status).toBeLessThan(400)
    expect(await eventsOf(t, at.person.id)).toEqual(before)
    expect(at.jar.get('ea_session')).toBe(cookie)
  })
})

describe('what is stored', () => {
  const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'

  it('is text on every page that shows it', async () => {
    const at = await atAccount(t)
    const profile = {
      ...{ form: 'profile', username: at.person.username, display_name: HOSTILE },
      ...{ locale: '', avatar_url: 'https://example.org/?"><script>alert(1)</script>' },
    }
    expect((await at.send('/account', profile)).status).toBe(303)
    const { id } = await addPasskey(at, await createAuthenticator(), HOSTILE)
    await linkedIdentity(t, at.person, { provider: HOSTILE, email: `${HOSTILE}@example.org` })
    await at.change(`user_agent = ${quoted(`Mozilla/5.0 (${HOSTILE}) ${HOSTILE}/1.0`)}`)
    await t.column(`update edge_auth.users set email = ${quoted(`${HOSTILE}@example.org`)},
      username = ${quoted(HOSTILE)} where id = ${quoted(at.person.id)} returning id::text`)
    const seen = new Set<string>()
    for (const path of [...HOSTED_PATHS, `/account/passkey?id=${id}`] as string[]) {
      if (!path.startsWith('/account')) continue
      const answer = await at.open(path)
      if (answer.status === 303) continue
      const page = await expectHostedPage(answer, 200)
      expect(page).not.toMatch(/<script>|<img/)
      if (page.includes('&lt;script&gt;')) seen.add(path)
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        '/account',
        '/account/email',
        '/account/delete',
        '/account/security',
      ]),
    )
    const refused = await at.send('/account', {
      ...profile,
      avatar_url: HOSTILE,
      username: HOSTILE,
    })
    expect(await expectHostedPage(refused, 422)).not.toMatch(/<script>|<img/)
    const kept = { back: HOSTILE, resume: HOSTILE, form: 'password', password: HOSTILE }
    expect(await expectHostedPage(await at.send('/account/confirm', kept), 401)).not.toMatch(
      /<script>|<img/,
    )
  })
})
