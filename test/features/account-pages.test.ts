import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountGerman } from '../../src/features/pages/words-account-de.ts'
import { atAccount, logInAt } from '../support/account-pages.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { expectHostedPage, fieldsOf, fieldValue, visitor } from '../support/hosted-pages.ts'
import { federatedPerson } from '../support/identities.ts'
import { quoted } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { setUser } from '../support/sessions.ts'

const NEW_PASSWORD = 'another horse, another battery'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

describe('the profile', () => {
  it('is saved, and an empty field deletes what was there', async () => {
    const at = await atAccount(t)
    const fields = {
      ...{ form: 'profile', username: at.person.username, display_name: 'Grace' },
      ...{ locale: 'en-gb', avatar_url: 'https://example.org/a.png' },
    }
    const answer = await at.send('/account', fields)
    expect(answer.headers.get('location')).toBe('account?done=profile')
    const page = await at.page('/account?done=profile')
    expect(page).toContain('Your profile was saved.')
    expect(fieldValue(page, 'display_name')).toBe('Grace')
    expect(fieldValue(page, 'locale')).toBe('en-GB')
    // The picture is of another site, which would learn who looks here.
    expect(page).not.toContain('<img')
    await at.send('/account', { ...fields, display_name: '', locale: '', avatar_url: '' })
    const emptied = await at.page('/account')
    for (const name of ['display_name', 'locale', 'avatar_url']) {
      expect(fieldValue(emptied, name)).toBe('')
    }
  })

  it('says what is wrong at each field, and keeps what was typed', async () => {
    const at = await atAccount(t)
    const typed = { username: 'a b', display_name: 'Ada', locale: '-', avatar_url: 'http://a.b' }
    const page = await expectHostedPage(
      await at.send('/account', { form: 'profile', ...typed }),
      422,
    )
    expect(page).toContain('<title>Error: Your account')
    for (const [name, value] of Object.entries(typed)) expect(fieldValue(page, name)).toBe(value)
    for (const name of ['username', 'locale', 'avatar_url']) {
      expect(page).toMatch(new RegExp(`id="${name}"[^>]*aria-invalid="true"[^>]*${name}-error`))
    }
    expect(page).not.toContain('display_name-error')
  })

  it('says what was done by a closed list alone', async () => {
    const at = await atAccount(t)
    for (const done of ['toString', '__proto__', '<b>You won</b>', '']) {
      const page = await at.page(`/account?${new URLSearchParams({ done })}`)
      expect(page).not.toContain('role="status"')
      expect(page).not.toContain('You won')
    }
  })

  it('is German where the browser wants that', async () => {
    const at = await atAccount(t)
    const answer = await at.open('/account/security', { 'accept-language': 'de' })
    expect(await expectHostedPage(answer, 200)).toContain(accountGerman.security.changePassword)
  })
})

describe('the email', () => {
  it('is confirmed by a mail that is sent again', async () => {
    const at = await atAccount(t)
    expect(await at.page('/account')).toContain('not confirmed yet')
    expect(await t.mailsTo(at.person.email)).toHaveLength(1)
    const answer = await at.send('/account', { form: 'verification' })
    expect(answer.headers.get('location')).toBe('account?done=verification')
    expect(await t.mailsTo(at.person.email)).toHaveLength(2)
    await setUser(t, at.person, 'email_verified_at = now()')
    const page = await at.page('/account')
    expect(page).toContain('(confirmed)')
    expect(page).not.toContain('value="verification"')
  })

  it('changes by a link to the new address, for who knows the password', async () => {
    const at = await atAccount(t)
    const fields = { form: 'email', new_email: `new-${at.person.email}` }
    const refused = await at.send('/account/email', { ...fields, current_password: 'wrong' })
    const page = await expectHostedPage(refused, 401)
    expect(page).toMatch(/id="current_password"[^>]*aria-invalid="true"/)
    expect(page).toContain('This is not your present password.')
    expect(fieldValue(page, 'new_email')).toBe(fields.new_email)
    expect(page).not.toContain('wrong"')
    const answer = await at.send('/account/email', { ...fields, current_password: PASSWORD })
    expect(answer.headers.get('location')).toBe('../account?done=email')
    expect(await t.mailsTo(fields.new_email)).toHaveLength(1)
    expect(await at.page('/account')).toContain(`<b>${at.person.email}</b>`)
  })
})

describe('the password', () => {
  it('is changed, which ends all other sessions and not this one', async () => {
    const at = await atAccount(t)
    const other = await logInAt(t, at.person)
    const fields = { form: 'password', current_password: PASSWORD }
    const short = await at.send('/account/password', { ...fields, new_password: 'short' })
    expect(await expectHostedPage(short, 422)).toContain('id="new_password-error"')
    const answer = await at.send('/account/password', { ...fields, new_password: NEW_PASSWORD })
    expect(answer.headers.get('location')).toBe('../account/security?done=password')
    await at.page('/account/security')
    const ended = await other.open('/account')
    expect(ended.headers.get('location')).toBe('login?return_to=%2Faccount')
  })

  it('is set by who has none, with a fresh proof in its place', async () => {
    const at = await atAccount(t)
    await t.column(`delete from edge_auth.credentials where user_id = ${quoted(at.person.id)}
      returning user_id::text`)
    const page = await at.page('/account/password')
    expect(page).toContain('Set a password')
    expect(page).not.toContain('current_password')
    const fields = { form: 'password', new_password: NEW_PASSWORD }
    expect((await at.send('/account/password', fields)).status).toBe(303)
    await logInAt(t, { ...at.person, password: NEW_PASSWORD })
  })
})

describe('the deletion', () => {
  it('needs the password, and has the browser forget the session', async () => {
    const at = await atAccount(t)
    const wrong = await at.send('/account/delete', { form: 'delete', current_password: 'wrong' })
    await expectHostedPage(wrong, 401)
    const without = await at.send('/account/delete', { form: 'delete', current_password: '' })
    expect(await expectHostedPage(without, 422)).toContain('id="current_password-error"')
    await at.page('/account')
    const fields = { form: 'delete', current_password: PASSWORD }
    const page = await expectHostedPage(await at.send('/account/delete', fields), 200)
    expect(page).toContain('Your account is deleted')
    expect(at.jar.has('ea_session')).toBe(false)
    const { username } = at.person
    expect(
      await t.column(
        `select id::text from edge_auth.users where username_key = ${quoted(username)}`,
      ),
    ).toEqual([])
  })
})

describe('the devices', () => {
  it('are listed, and each ends by its button', async () => {
    const at = await atAccount(t)
    const [other, third] = [await logInAt(t, at.person), await logInAt(t, at.person)]
    const ids = (page: string) =>
      Array.from(page.matchAll(/name="id" value="([^"]*)"/g), ([, id = '']) => id)
    const before = await at.page('/account/sessions')
    expect(ids(before)).toHaveLength(2)
    expect(before).toContain('from 192.0.2.1')
    const [id = ''] = ids(before)
    const answer = await at.send('/account/sessions', { form: 'end', id })
    expect(answer.headers.get('location')).toBe('../account/sessions?done=session_ended')
    // Who presses twice is told the same.
    expect((await at.send('/account/sessions', { form: 'end', id })).status).toBe(303)
    expect(ids(await at.page('/account/sessions?done=session_ended'))).toHaveLength(1)
    await at.send('/account/sessions', { form: 'end_others' })
    expect(await at.page('/account/sessions')).toContain('You are logged in nowhere else.')
    for (const one of [other, third]) expect((await one.open('/account')).status).toBe(303)
  })

  it('of somebody else are out of reach', async () => {
    const [at, victim] = [await atAccount(t), await atAccount(t)]
    const [id = ''] = await t.column(
      `select id::text from edge_auth.sessions where user_id = ${quoted(victim.person.id)}`,
    )
    await at.send('/account/sessions', { form: 'end', id: String(id) })
    await victim.page('/account')
  })

  it.each(['.', '..'])('are not meant by %s, which is another path', async (id) => {
    const at = await atAccount(t)
    await expectHostedPage(await at.send('/account/sessions', { form: 'end', id }), 400)
    await at.page('/account')
  })
})

describe('the activity', () => {
  it('says in words what happened, page by page', async () => {
    const at = await atAccount(t)
    for (let made = 0; made < 21; made++) {
      await at.send('/account', {
        ...{ form: 'profile', username: at.person.username, display_name: `Grace ${made}` },
        ...{ locale: '', avatar_url: '' },
      })
    }
    const first = await at.page('/account/activity')
    expect(first.match(/The profile was changed/g)).toHaveLength(20)
    const [, cursor = ''] = /activity\?cursor=([^"]*)"/.exec(first) ?? []
    const second = await at.page(`/account/activity?cursor=${cursor}`)
    expect(second).toContain('The account was created')
    expect(second).toContain('Logged in')
    expect(second).not.toContain('?cursor=')
    await expectHostedPage(await at.open('/account/activity?cursor=x'), 422)
  })
})

describe('a page of somebody who was logged in before in this browser', () => {
  it('does nothing to who is now, and shows them nothing that was typed', async () => {
    const [at, next] = [await atAccount(t), await atAccount(t)]
    const typed = Object.fromEntries(fieldsOf(await at.page('/account'), 'profile'))
    at.jar.set('ea_session', next.jar.get('ea_session') ?? '')
    const answer = await at.send('/account', { ...typed, display_name: 'Mallory' })
    const page = await expectHostedPage(answer, 409)
    expect(page).toMatch(/role="alert">Somebody else has logged in/)
    expect(page).not.toContain('Mallory')
    const now = await next.page('/account')
    expect(fieldValue(now, 'username')).toBe(next.person.username)
    expect(now).not.toContain('Mallory')
  })

  it('is not gone on with by their proof', async () => {
    const [at, next] = [await atAccount(t), await atAccount(t)]
    const typed = fieldsOf(await at.page('/account'), 'verification')
    const resume = new URLSearchParams(typed).toString()
    const fields = { form: 'password', password: PASSWORD, back: '/account', resume }
    const answer = await next.send('/account/confirm', fields)
    await expectHostedPage(answer, 409)
    expect(await t.mailsTo(next.person.email)).toHaveLength(1)
    expect((await at.send('/account/confirm', fields)).status).toBe(303)
    expect(await t.mailsTo(at.person.email)).toHaveLength(2)
  })
})

describe('who is not logged in', () => {
  it.each(['/account/email', '/account/security', '/account/confirm'])(
    'is led from %s to the log-in and back',
    async (path) => {
      const at = visitor(() => t)
      const answer = await at.open(path, { 'sec-fetch-site': 'none' })
      const back = path === '/account/confirm' ? '/account/security' : path
      expect(answer.headers.get('location')).toMatch(
        new RegExp(`login\\?${new URLSearchParams({ return_to: back })}$`),
      )
    },
  )

  it('because the session ended while a form was filled in is led there too', async () => {
    const at = await atAccount(t)
    await at.change('revoked_at = now()')
    const answer = await at.send('/account', { form: 'verification' })
    expect(answer.headers.get('location')).toBe('login?return_to=%2Faccount')
  })

  it('shows in every page at once: no answer is kept', async () => {
    const { token } = await federatedPerson(t, {})
    const at = await atAccount(t)
    const answer = await at.open('/account', { authorization: `Bearer ${token}` })
    // The pages know the cookie alone.
    expect(await expectHostedPage(answer, 200)).toContain(at.person.username)
  })
})
