import { describe, expect, it } from 'vitest'
import type { DueMail } from '../../src/core/outbox/mails.ts'
import { EVERY_MAIL, hasLink, sampleMail, sampleRenderer } from '../support/mails.ts'

const renderMail = sampleRenderer()
const URLS = /https?:\/\/[^\s"<>]+/g

describe.each(EVERY_MAIL)('$name in $language', ({ name, language }) => {
  const due = sampleMail(name, language)

  it('is the same each time', async () => {
    const [one, other] = [await renderMail(due), await sampleRenderer()(structuredClone(due))]
    expect(other).toEqual(one)
    expect(one).toMatchObject({ id: due.id, to: due.recipient })
  })

  it('leads nowhere but to the configured address, and loads nothing', async () => {
    const { html, text } = await renderMail(due)
    const links = hasLink(name) ? 1 : 0
    expect(text.match(URLS) ?? []).toHaveLength(links)
    const inHtml = html.match(URLS) ?? []
    expect(new Set(inHtml).size).toBe(links)
    for (const url of inHtml) expect(url).toMatch(/^https:\/\/auth\.example\.org\/[a-z-]+\?token=/)
    expect(html).not.toMatch(/<(?:img|link|script|iframe|object|form)|\bsrc=|url\(|@import/i)
  })

  it('has its link on a line of its own in the text', async () => {
    const { text } = await renderMail(due)
    const lines = text.split('\n')
    expect(lines.filter((line) => /^https:\S+$/.test(line))).toHaveLength(hasLink(name) ? 1 : 0)
    const tooLong = lines.filter((line) => line.length > 72 && !line.startsWith('https:'))
    expect(tooLong).toEqual([])
    expect(text).toMatch(/\n-- \nEdge Auth\n/)
  })

  it('is whole HTML in its language, with dark colours', async () => {
    const { html } = await renderMail(due)
    expect(html).toMatch(new RegExp(`^<!doctype html>\\n<html lang="${language}" dir="ltr">`))
    expect(html.trimEnd()).toMatch(/<\/body><\/html>$/)
    expect(html).toContain('<meta name="color-scheme" content="light dark"/>')
    expect(html).toContain('<meta name="supported-color-schemes" content="light dark"/>')
    expect(html).toContain('@media (prefers-color-scheme: dark)')
    for (const [, tag] of html.matchAll(/<([a-z]+)[ >]/g)) {
      const opened = html.match(new RegExp(`<${tag}[ >]`, 'g')) ?? []
      const ended = html.match(new RegExp(`</${tag}>|<${tag}[^>]*/>`, 'g')) ?? []
      expect(ended.length, tag).toBe(opened.length)
    }
  })

  it('says who did it, and when', async () => {
    const { html, text } = await renderMail(due)
    const day = { en: '26 Nov 2026', de: '26.11.2026' }[language]
    for (const said of [html, text]) {
      for (const fact of [`${day}, 17:06 UTC`, 'Firefox 143, Linux', '203.0.113.9']) {
        expect(said).toContain(fact)
      }
    }
  })
})

it('is the same on every runtime', async () => {
  const { subject, text } = await renderMail(sampleMail('email_changed', 'de'))
  expect(subject).toBe('Edge Auth: Ihre E-Mail-Adresse wurde geändert')
  expect(text).toMatchInlineSnapshot(`
    "Guten Tag ada.lovelace,

    Die E-Mail-Adresse Ihres Kontos ist jetzt ada.king@example.com.

    Falls Sie das nicht waren, machen Sie es rückgängig: Ihr Konto bekommt
    diese Adresse zurück, und alle Geräte werden abgemeldet. Wählen Sie
    danach ein neues Passwort.

    Rückgängig machen:
    https://auth.example.org/undo-email-change?token=01980000000070008000000000000002Ab_-Ab_-Ab_.3xY-_9xY-_9xY-_9xY-_9xY-_9xY-_9xY-_9xY-_9xY

    Der Link gilt 7 Tage und nur einmal.

    Zeitpunkt: 26.11.2026, 17:06 UTC
    Gerät: Firefox 143, Linux
    IP-Adresse: 203.0.113.9

    Sie waren das? Dann ist nichts zu tun.

    -- 
    Edge Auth
    Gesendet von Edge Auth. Wir fragen nie per E-Mail nach Ihrem Passwort.
    "
  `)
})

it.each([
  ['verify_email', 'en', '24 hours'],
  ['reset_password', 'en', '30 minutes'],
  ['confirm_email', 'en', '24 hours'],
  ['email_changed', 'en', '7 days'],
  ['login_code', 'en', '10 minutes'],
  ['login_code', 'de', '10 Minuten'],
  ['verify_email', 'de', '24 Stunden'],
  ['reset_password', 'de', '30 Minuten'],
  ['confirm_email', 'de', '24 Stunden'],
  ['email_changed', 'de', '7 Tage'],
] as const)(
  '%s says in %s that its link or code works for %s',
  async (name, language, lifetime) => {
    const { html, text } = await renderMail(sampleMail(name, language))
    expect(html).toContain(lifetime)
    expect(text).toContain(lifetime)
  },
)

it.each(['en', 'de'] as const)('a code stands alone in its mail, in %s', async (language) => {
  const { subject, html, text } = await renderMail(sampleMail('login_code', language))
  expect(text.split('\n').filter((line) => line === '012345')).toHaveLength(1)
  expect(html.match(/>012345</g)).toHaveLength(1)
  expect(subject).not.toContain('012345')
  expect(html).not.toContain('<a ')
})

it('says nothing of who did it where nobody knows', async () => {
  const due = sampleMail('password_changed', 'en', { ip: null, user_agent: null })
  const { html, text } = await renderMail(due)
  for (const said of [html, text]) {
    expect(said).toContain('17:06 UTC')
    expect(said).not.toMatch(/Device|IP address/)
  }
})

it('greets nobody by a name that is not theirs', async () => {
  const { text, html } = await renderMail(sampleMail('username_taken', 'en'))
  expect(text).toMatch(/^Hello,\n/)
  expect(html).toContain('>Hello,</p>')
  expect(text).toContain('the username ada.lovelace.')
})

it.each<[string, Partial<DueMail>]>([
  ['no token', { token: null }],
  ['a token of another purpose', { token: sampleMail('verify_email', 'en').token }],
])('is not made with %s', async (_, given) => {
  const due = { ...sampleMail('reset_password', 'en'), ...given }
  await expect(renderMail(due)).rejects.toThrow('a mail reset_password needs a token')
})
