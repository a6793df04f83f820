import { expect, it } from 'vitest'
import { containsOwnWord } from '../../../src/core/passwords/own-words.ts'
import { identifierKey } from '../../../src/utils/identifiers.ts'

const ADA = {
  username: 'Ada.Lovelace',
  email: 'Countess+Maths@Bücher.example',
  project: 'Edge Auth',
}

function contains(password: string, { username, email, project }: typeof ADA = ADA): boolean {
  const identifiers = { usernameKey: identifierKey(username), emailKey: identifierKey(email) }
  return containsOwnWord(password, identifiers, project)
}

it.each([
  ['the username', 'Ada.Lovelace'],
  ['the username in another case, in the middle', 'x9-ADA.LOVELACE-2031'],
  ['the username in full width', '\uff41\uff44\uff41.lovelace1815'],
  ['the username without its separators', 'myadalovelace!'],
  ['the username with others', 'a_d_a l-o-v-e-l-a-c-e'],
  ['the email', 'Countess+Maths@Bücher.example'],
  ['the email in ASCII', 'countess+maths@xn--bcher-kva.example'],
  ['the local part', '2031countess+maths'],
  ['the local part without its tag', 'our-COUNTESS-4711'],
  ['the project', 'edge auth 2031'],
  ['the project in one word', 'EdgeAuth2031'],
  ['the project with other separators', 'my-edge_auth-login'],
])('finds %s', (_what, password) => {
  expect(contains(password)).toBe(true)
})

it.each([
  ['a part of the username', 'lovelace-and-a-friend'],
  ['the domain', 'b\u00fccher.example.x'],
  ['the tag', 'mathematics maths'],
  ['a word of the project', 'auth on the edge'],
  ['letters with others between them', 'adaxlovexlace'],
])('not %s', (_what, password) => {
  expect(contains(password)).toBe(false)
})

it('passes over words that are in too many passwords by chance, but not over a whole email', () => {
  const short = { username: 'a_b', email: 'ab@example.org', project: 'X!' }
  expect(contains('cabbage-table-x!', short)).toBe(false)
  expect(contains('x!x!x!x!', short)).toBe(false)
  expect(contains('my a_b of words', short)).toBe(true)
  expect(contains('AB@Example.org', short)).toBe(true)
  const abroad = { ...short, email: 'ab@xn--bcher-kva.example' }
  expect(contains('AB@B\u00fccher.example', abroad)).toBe(true)
})

it('sees folded letters as the account does', () => {
  const strasse = { ...ADA, username: 'stra\u00dfe' }
  for (const password of ['STRASSE-4711', 'stra\u00dfe-4711', 'stra\u1e9ee-4711']) {
    expect([password, contains(password, strasse)]).toEqual([password, true])
  }
})
