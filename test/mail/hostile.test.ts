import { describe, expect, it } from 'vitest'
import { isUsername } from '../../src/utils/identifiers.ts'
import { EVERY_MAIL, hasLink, sampleMail, sampleRenderer } from '../support/mails.ts'

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u
const NOBODY = { ip: null, user_agent: null }

const HOSTILE = {
  'a script': '<script>alert(1)</script>',
  'an attribute': '"><img src=x onerror=alert(1)>',
  'the end of its element': '</strong></p></td><a href=//evil.example>',
  'a style sheet': '</style><style>*{display:none}',
  'a header': 'ada\r\nBcc: eve@example.org\r\n\r\n<p>',
  'line breaks of all kinds': 'a\nb\rc\u0085d\u2028e\u2029f\vg\fh',
  'another direction': 'ada\u202egro.live\u2066\u200f',
  'nothing that is seen': 'a\u200bd\u200da\u2060\ufeff\u00ad\0',
  quotes: `O'Neil "&" \`co\``,
  entities: '&lt;b&gt; &#60;i&#62; &amp;',
  'our own words': '{project}{username}{lifetime}$&$1',
  'a comment': '<!--[if mso]>--><![CDATA[',
  'half a character': 'a\ud83db',
  'very much': 'x'.repeat(100_000),
  'very many words': '<b>'.repeat(50_000),
}

/** The tags of a mail, without those that keep a dot from making a domain. */
const tagsOf = (html: string) => html.match(/<[^>]*>/g)?.filter((tag) => !/^<\/?span>$/.test(tag))

const benign = sampleRenderer({ projectName: 'ada' })

describe.each(Object.entries(HOSTILE))('a value with %s', (_, value) => {
  const renderMail = sampleRenderer({ projectName: value })
  const data = { username: value, new_email: value, ...NOBODY }

  it.each(EVERY_MAIL)('is text in $name in $language', async ({ name, language }) => {
    const mail = await renderMail(sampleMail(name, language, data))
    const usual = await benign(sampleMail(name, language, { username: 'ada', ...NOBODY }))

    expect(tagsOf(mail.html)).toEqual(tagsOf(usual.html))
    expect(mail.html.length).toBeLessThan(usual.html.length + 8_000)
    expect(mail.text.length).toBeLessThan(usual.text.length + 2_000)
    expect(mail.subject).not.toMatch(UNSEEN)
    expect(mail.subject.length).toBeLessThan(200)
    for (const said of [mail.html, mail.text]) {
      expect(said.replaceAll('\n', '')).not.toMatch(UNSEEN)
    }
    // A line break in a value would begin a paragraph of its own.
    expect(mail.text.split('\n\n')).toHaveLength(usual.text.split('\n\n').length)
    expect(mail.html.split('\n')).toHaveLength(usual.html.split('\n').length)
  })
})

it('a value that says nothing else is shown as it is', async () => {
  const due = sampleMail('confirm_email', 'en', { username: HOSTILE.quotes })
  const { html, text } = await sampleRenderer({ projectName: HOSTILE.entities })(due)
  expect(text).toContain(`Hello O'Neil "&" \`co\`,`)
  expect(html).toContain('<strong>O&#39;Neil &quot;&amp;&quot; `co`</strong>')
  expect(html).toContain('&amp;lt;b&amp;gt; &amp;#60;i&amp;#62; &amp;amp;')
  expect(text).toContain('&lt;b&gt; &#60;i&#62; &amp;')
})

it('a line break leaves a space, so that no two words become one', async () => {
  const due = sampleMail('confirm_email', 'en', { username: 'ada\r\n\tlovelace' })
  const { text, html } = await sampleRenderer({ projectName: '\nEdge\u2028Auth\n' })(due)
  expect(text).toContain('Hello ada lovelace,')
  expect(html).toContain('<title>Edge Auth: confirm')
})

it('a username that is a domain too stands in no HTML as one', async () => {
  const username = 'www.evil.example'
  expect(isUsername(username)).toBe(true)
  for (const { name, language } of EVERY_MAIL) {
    const { html } = await sampleRenderer()(sampleMail(name, language, { username }))
    expect(html).not.toContain('evil.example')
    if (name === 'confirm_email') expect(html).toContain('evil<span>.</span>example')
  }
})

it.each([
  'See https://evil.example/1.0 now',
  'evil.example/1.0 (X11)',
  'Your bank asks you to call +1 555 1234567/1.0 (now)',
  '<script>alert(1)</script>/1.0 (x)',
  'Nice\r\nBcc: eve@example.org/1.0 (x)',
  'a\u202eb/1.0 (x)',
  'Chrome/5551234567890 evil.example',
  `${'many words '.repeat(10_000)}/1.0 (x)`,
])('a browser shows nothing that is no browser: %s', async (user_agent) => {
  for (const { name, language } of EVERY_MAIL) {
    const due = sampleMail(name, language, { user_agent })
    const { html, text } = await sampleRenderer()(due)
    for (const said of [html, text]) {
      expect(said).not.toMatch(/evil|555|alert|Bcc|many words|\u202e/)
      expect(said.match(/https?:/g) ?? []).toHaveLength(hasLink(name) ? (said === text ? 1 : 3) : 0)
    }
  }
})

it.each(['evil.example', '<b>', '1.2.3.4\r\nx', '2001:db8::1%evil.example', '', '999.1.1.1'])(
  'an address that is none is not shown: %s',
  async (ip) => {
    const { html, text } = await sampleRenderer()(sampleMail('new_device', 'en', { ip }))
    for (const said of [html, text]) expect(said).not.toMatch(/evil|<b>|\r|999/)
    expect(text.split('\n').filter((line) => /^IP address: (?!2001:db8::1$)/.test(line))).toEqual(
      [],
    )
  },
)
