import { expect, it } from 'vitest'
import { LANGUAGES, MAILS, type MailName } from '../../src/core/outbox/mails.ts'
import { WORDS } from '../../src/mail/content.ts'
import { filled, plain } from '../../src/mail/words.ts'
import { EVERY_MAIL, hasLink, sampleMail, sampleRenderer } from '../support/mails.ts'

const NAMES = Object.keys(MAILS) as MailName[]
const ENGLISH = WORDS.en

/** Every text in a language, by where it stands. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([key, one]) => textsOf(one, `${path}/${key}`))
}

const placeholdersIn = (text: string) =>
  [...text.matchAll(/\{(.*?)\}/g)].map(([, name]) => name).sort()

it('every language has words for every mail', () => {
  expect(Object.keys(WORDS).sort()).toEqual([...LANGUAGES].sort())
  for (const language of LANGUAGES) {
    expect(Object.keys(WORDS[language].mails).sort()).toEqual([...NAMES].sort())
  }
})

it.each(LANGUAGES)('%s says all that English says, and each thing in its own words', (language) => {
  const english = new Map(textsOf(ENGLISH))
  const texts = textsOf(WORDS[language])
  expect(texts.map(([path]) => path).sort()).toEqual([...english.keys()].sort())
  for (const [path, text] of texts) {
    expect(text.trim(), path).toBe(text)
    expect(text, path).not.toBe('')
    expect(placeholdersIn(text), path).toEqual(placeholdersIn(english.get(path) ?? ''))
    if (language !== 'en') expect(text, path).not.toBe(english.get(path))
  }
})

it.each(EVERY_MAIL)('$name in $language has a value for each of its words', async (mail) => {
  const { subject, html, text } = await sampleRenderer()(sampleMail(mail.name, mail.language))
  for (const said of [subject, html.replace(/<style>.*<\/style>/s, ''), text]) {
    expect(said).not.toMatch(/[{}]|undefined|null|\[object/)
  }
  expect(subject.length).toBeLessThan(78)
})

it('every mail with a link says until when it works, and no other has a button', () => {
  for (const language of LANGUAGES) {
    expect(WORDS[language].onlyOnce).toContain('{lifetime}')
    for (const name of NAMES) {
      expect('button' in WORDS[language].mails[name], name).toBe(hasLink(name))
    }
  }
})

it('braces in a value are text, whatever stands in them', () => {
  const values = {
    project: '{username}',
    username: '{project}{lifetime}',
    new_email: '{new_email}',
    passkey: '{username}',
    provider: '{username}',
    lifetime: '{0}',
  }
  const said = plain(filled('{project} {username} {new_email} {lifetime}', values))
  expect(said).toBe('{username} {project}{lifetime} {new_email} {0}')
})
