import { describe, expect, it } from 'vitest'
import { judgePassword } from '../../../src/core/passwords/rules.ts'

const judged = (password: string) => judgePassword(password, { minCharacters: 8 })?.code

describe('a password that is a common one with something behind it', () => {
  it.each([
    'Password123!',
    'Password2026!',
    'P@ssw0rd123',
    'P@$$w0rd2024',
    'Sunshine2024!',
    'Qwerty123!',
    'Welcome1!',
    'Welcome@123',
    'Summer2026',
    'Winter2025!!',
    'Admin@123',
    'Adm1n2025',
    'Pass@1234',
    'Abcd@1234',
    'Changeme123',
    'iloveyou!!',
  ])('%s is too common', (password) => {
    expect(judged(password)).toBe('too_common')
  })
})

describe('a password that only looks a little like one', () => {
  it.each([
    'correct horse battery staple',
    'sunshine over the hills 7',
    'my summer of 2024 in rome',
    'adminium-kettle-91',
    '7382619405827163',
    '!!!!????....',
    'xk7-Password-quarry',
    'testament of youth 1933',
  ])('%s is accepted', (password) => {
    expect(judged(password)).toBeUndefined()
  })
})
