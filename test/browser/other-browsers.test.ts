import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, startService } from '../support/service.ts'
import { startFirefox } from './firefox.ts'
import type { OtherBrowser } from './other-browser.ts'
import { startWebKit } from './webkit.ts'

const PASSWORD = 'correct horse battery staple'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service?.stop())

describe.each([
  ['Firefox', startFirefox],
  ['WebKit', startWebKit],
])('in %s', (_name, start) => {
  let browser: OtherBrowser
  beforeAll(async () => {
    browser = await start()
  })
  afterAll(() => browser?.close())

  const open = (path: string) => browser.open(service.base + path)
  const path = () => browser.run<string>('return location.pathname')
  const text = () => browser.run<string>('return document.body.innerText')
  /** Fills in the form that has all these fields, and presses its button. */
  const send = (fields: Record<string, string>) =>
    browser.run(`
      const fields = ${JSON.stringify(fields)}
      const form = [...document.forms].find((one) => Object.keys(fields).every((name) => one.elements[name]))
      for (const [name, value] of Object.entries(fields)) form.elements[name].value = value
      form.querySelector('button:not([type=button])').click()`)

  it('somebody signs up, verifies the email by its mail, logs out and in again, by a cookie that no script reads', async () => {
    const username = `p${crypto.randomUUID().slice(0, 8)}`
    const email = `${username}@example.org`
    await open('/signup')
    await send({ username, email, password: PASSWORD })
    await expect.poll(path).toBe('/account')
    expect(await text()).toContain(username)
    expect(await browser.run('return document.cookie')).toBe('')

    await open(await linkTo(email))
    await browser.run(`document.querySelector('form button').click()`)
    await expect.poll(() => browser.run('return document.forms.length')).toBe(0)

    await open('/logout')
    await browser.run(`document.querySelector('form button').click()`)
    await expect.poll(() => browser.run('return document.forms.length')).toBe(0)
    await open('/account')
    expect(await path()).toBe('/login')

    await send({ username_or_email: username, password: PASSWORD })
    await expect.poll(path).toBe('/account')
    expect(await text()).toContain(username)
  })

  /** The path of the link that the mail has. */
  async function linkTo(email: string): Promise<string> {
    const ask = async () => {
      const headers = { accept: 'application/json' }
      const answer = await fetch(`${service.base}/dev/mail?to=${email}`, { headers })
      return (await answer.json()).mails as { links: string[] }[]
    }
    await expect.poll(async () => (await ask()).length).toBe(1)
    const link = (await ask())[0]?.links.find((one) => one.includes('/verify-email'))
    const { pathname, search } = new URL(link ?? '')
    return pathname + search
  }
})
