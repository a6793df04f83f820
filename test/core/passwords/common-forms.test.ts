import { describe, expect, it } from 'vitest'
import { isMostUsed } from '../../../src/core/passwords/rules.ts'

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
  ])('%s is too common', async (password) => {
    expect(await isMostUsed(password)).toBe(true)
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
  ])('%s is accepted', async (password) => {
    expect(await isMostUsed(password)).toBe(false)
  })
})
