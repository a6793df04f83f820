import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

function signup(password: string, username = uniqueName(), email = `${username}@example.org`) {
  return t.post('/auth/signup', { username, email, password })
}
const login = (username: string, password: string) =>
  t.post('/auth/login', { username_or_email: username, password })

describe('passwords that are accepted, and then are the only ones that log in', () => {
  it.each<[string, string, string[]]>([
    ['8 characters', 'zq-7Kmvo', ['zq-7Kmv', 'zq-7Kmvo ', 'ZQ-7KMVO']],
    ['20 lower-case letters', 'ovqkzmtrwlxyhgbnfdcs', ['Ovqkzmtrwlxyhgbnfdcs']],
    ['8 emoji', '😀😃😄😁😆😅🤣😂', ['😀😃😄😁😆😅🤣']],
    ['128 characters', 'xy'.repeat(64), ['xy'.repeat(36), 'xy'.repeat(63), `${'xy'.repeat(63)}xz`]],
    ['128 emoji', '🦊'.repeat(128), ['🦊'.repeat(127)]],
    ['spaces at both ends', '  zq 7Kmvo  ', ['zq 7Kmvo', '  zq 7Kmvo']],
    ['more than 72 bytes that differ last', `${'é'.repeat(60)}1`, [`${'é'.repeat(60)}2`]],
    ['full-width letters, not folded', 'ｚｑ７Ｋｍｖｏｘ', ['zq7Kmvox']],
  ])('%s', async (_what, password, others) => {
    const name = uniqueName()
    expect((await signup(password, name)).status).toBe(201)
    expect((await login(name, password)).status).toBe(200)
    for (const other of others) await expectProblem(await login(name, other), 'invalid_credentials')
  })

  it('is one password in NFC and in NFD, counted in NFC', async () => {
    const composed = 'pâssé-42'
    const decomposed = composed.normalize('NFD')
    expect(decomposed.length).toBeGreaterThan(composed.length)
    for (const [first, then] of [
      [composed, decomposed],
      [decomposed, composed],
    ] as const) {
      const name = uniqueName()
      expect((await signup(first, name)).status).toBe(201)
      expect((await login(name, then)).status).toBe(200)
    }
    expect(await refusedFields(await signup('pâssé-4'.normalize('NFD')))).toEqual([
      '/password too_short',
    ])
    expect((await signup('\u00e9'.repeat(128).normalize('NFD'))).status).toBe(201)
  })
})

describe('passwords that are refused', () => {
  it.each([
    ['7 characters', 'zq-7Kmv', 'too_short'],
    ['7 emoji, which are 14 units and 28 bytes', '😀😃😄😁😆😅🤣', 'too_short'],
    ['129 characters', 'xy'.repeat(64).concat('z'), 'too_long'],
    ['129 emoji', '🦊'.repeat(129), 'too_long'],
    ['common', 'password', 'too_common'],
    ['common in capitals', 'PassWord1', 'too_common'],
    ['common in full width', 'ｐａｓｓｗｏｒｄ', 'too_common'],
    ['empty', '', 'too_short'],
  ])('%s', async (_what, password, code) => {
    const name = uniqueName()
    expect(await refusedFields(await signup(password, name))).toEqual([`/password ${code}`])
    await expectProblem(await login(name, password || 'x'), 'invalid_credentials')
  })

  it.each<[string, (name: string) => [username: string, password: string]]>([
    ['the username', (name) => [name, name]],
    ['the username in capitals', (name) => [name, name.toUpperCase()]],
    ['the username in full width', (name) => [`a${name}`, `\uff41${name}`]],
    ['the username with its sharp s written out', (name) => [`${name}\u00df`, `${name}SS`]],
    ['the username with a sharp s', (name) => [`${name}\u00df`, `${name}\u00df`]],
    ['the email', (name) => [name, `${name}@Example.org`]],
  ])('equal to %s', async (_what, make) => {
    const name = uniqueName()
    const [username, password] = make(name)
    const refused = await signup(password, username, `${name}@example.org`)
    expect(await refusedFields(refused)).toEqual(['/password contains_identifier'])
  })

  it('shorter than the configured length', async () => {
    const strict = await t.beside({ env: { PASSWORD_MIN_LENGTH: '15' } })
    const name = uniqueName()
    const person = { username: name, email: `${name}@example.org` }
    const short = await strict.post('/auth/signup', { ...person, password: 'zq-7Kmvo-zq-7K' })
    expect(await refusedFields(short)).toEqual(['/password too_short'])
    const long = await strict.post('/auth/signup', { ...person, password: 'zq-7Kmvo-zq-7Km' })
    expect(long.status).toBe(201)
  })
})
