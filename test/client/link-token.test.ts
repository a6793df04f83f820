import { afterEach, expect, it, vi } from 'vitest'
import { tokenOfLink } from '../../client/index.ts'
import { createLinks } from '../../src/mail/links.ts'
import { createNodeTestApp } from '../support/app-node.ts'

const TOKEN = 'AZej0YF2eEGb-z5TqvYNdQ_Xo8.5vY3m1oGkq0bJx4tVwZcR8n'

/** A page at an address, with its history. */
function openPage(href: string) {
  const location = { href }
  const history = {
    state: { kept: true },
    replaceState(state: unknown, _: string, url: string) {
      expect(state).toEqual({ kept: true })
      location.href = url
    },
  }
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', history)
  return location
}
afterEach(() => void vi.unstubAllGlobals())

it.each([
  ['/verify-email#token=TOKEN', '/verify-email'],
  ['/verify-email?token=TOKEN', '/verify-email'],
  ['/a/b?lang=de#token=TOKEN', '/a/b?lang=de'],
  ['/?lang=de&token=TOKEN&x=%20+y#part', '/?lang=de&x=%20+y#part'],
  ['/#a=1&token=TOKEN&b', '/#a=1&b'],
  ['//elsewhere.example.org/#token=TOKEN', '//elsewhere.example.org/'],
])('reads the token from %s once, and leaves %s', (from, left) => {
  const origin = 'https://app.example.org'
  const page = openPage(origin + from.replace('TOKEN', TOKEN))
  expect(tokenOfLink()).toBe(TOKEN)
  expect(page.href).toBe(origin + left)
  expect(tokenOfLink()).toBeUndefined()
  expect(page.href).toBe(origin + left)
})

it.each([
  '/',
  '/#',
  '/#token=',
  '/#token',
  '/#access_token=abc',
  '/#Token=abc',
  '/#token=<script>',
  '/?token=%00',
  '/#/route?token=abc',
])('finds no token in %s, and leaves it as it is', (path) => {
  const page = openPage(`https://app.example.org${path}`)
  expect(tokenOfLink()).toBeUndefined()
  expect(page.href).toBe(`https://app.example.org${path}`)
})

it('takes the fragment before the query, for the service writes that', () => {
  openPage('https://app.example.org/?token=other#token=own')
  expect(tokenOfLink()).toBe('own')
})

it('reads an address that is given, and needs no page', () => {
  expect('location' in globalThis || 'history' in globalThis).toBe(false)
  expect(tokenOfLink()).toBeUndefined()
  expect(tokenOfLink({ href: `https://app.example.org/#token=${TOKEN}` })).toBe(TOKEN)
  expect(tokenOfLink(new URL(`https://app.example.org/?token=${TOKEN}`))).toBe(TOKEN)
})

it('reads what the service mails', async () => {
  const t = await createNodeTestApp()
  const ref = { id: crypto.randomUUID(), userId: crypto.randomUUID() }
  const token = await t.deps.oneTimeTokens.mint('reset_password', ref)
  for (const appBaseUrl of ['https://app.example.org/account', undefined]) {
    const linkTo = createLinks({ publicUrl: 'https://auth.example.org', appBaseUrl })
    const page = openPage(linkTo('reset_password', token))
    expect(tokenOfLink()).toBe(token)
    expect(page.href).toMatch(/\/reset-password$/)
  }
  await t.close()
})
