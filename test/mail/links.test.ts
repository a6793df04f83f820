import { describe, expect, it } from 'vitest'
import { createLinks, LINK_PATHS } from '../../src/mail/links.ts'
import { LINK_PURPOSES, sampleMail, sampleRenderer } from '../support/mails.ts'

const TOKEN = 'AbC_-0123.xYz_-9'

describe('links', () => {
  it.each(LINK_PURPOSES)('%s has a page of its own', (purpose) => {
    const linkTo = createLinks({ publicUrl: 'https://auth.example.org', appBaseUrl: undefined })
    const path = `/${purpose.replaceAll('_', '-')}`
    expect(LINK_PATHS[purpose]).toBe(path)
    expect(linkTo(purpose, TOKEN)).toBe(`https://auth.example.org${path}?token=${TOKEN}`)
  })

  it.each([
    [
      "this service's page, under its prefix",
      { publicUrl: 'https://example.org/some/where', appBaseUrl: undefined },
      `https://example.org/some/where/reset-password?token=${TOKEN}`,
    ],
    [
      "the app's page, with the token where no server sees it",
      { publicUrl: undefined, appBaseUrl: 'https://app.example.org/account' },
      `https://app.example.org/account/reset-password#token=${TOKEN}`,
    ],
    [
      "the app's page, where both are known",
      { publicUrl: 'https://auth.example.org', appBaseUrl: 'https://app.example.org' },
      `https://app.example.org/reset-password#token=${TOKEN}`,
    ],
    [
      'an address for development',
      { publicUrl: 'http://localhost:8000', appBaseUrl: undefined },
      `http://localhost:8000/reset-password?token=${TOKEN}`,
    ],
  ])('lead to %s', (_, bases, link) => {
    expect(createLinks(bases)('reset_password', TOKEN)).toBe(link)
  })

  it('keep a token whole, even one that could end it', () => {
    const linkTo = createLinks({ publicUrl: 'https://auth.example.org', appBaseUrl: undefined })
    const link = new URL(linkTo('verify_email', 'a&b=c#d"<e> f'))
    expect([...link.searchParams]).toEqual([['token', 'a&b=c#d"<e> f']])
    expect(link.hash).toBe('')
  })

  it('are none where nobody said where they lead to', () => {
    const linkTo = createLinks({ publicUrl: undefined, appBaseUrl: undefined })
    expect(() => linkTo('verify_email', TOKEN)).toThrow('PUBLIC_URL or APP_BASE_URL')
  })

  it('mean in HTML what they mean as text', async () => {
    const renderMail = sampleRenderer({ publicUrl: "https://example.org/a&amp;b'c" })
    const { html, text } = await renderMail(sampleMail('verify_email', 'en'))
    const [link = ''] = /^https:.*$/m.exec(text) ?? []
    expect(link).toMatch(/^https:\/\/example\.org\/a&amp;b'c\/verify-email\?token=/)
    const escaped = link.replaceAll('&', '&amp;').replaceAll("'", '&#39;')
    expect(html.split(`href="${escaped}"`)).toHaveLength(3)
    expect(html.split('href=')).toHaveLength(3)
  })
})
