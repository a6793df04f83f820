import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isGuessable } from '../../src/config/guessable.ts'
import { parseConfig } from '../../src/config/index.ts'

const MANY = 10_000

describe('a secret that can be guessed is refused', () => {
  it.each([
    ...['password', 'changeme', '0123456789', '1234567890', 'secret', 'test', 'deadbeef', 'ab'],
    ...['Passw0rd!', 'p@ssw0rd', 'hunter2', 'qwerty', 'abc123', 'mysupersecretkey', 'password123'],
  ])('%s, again and again', (pattern) => {
    const secret = pattern.repeat(Math.ceil(64 / pattern.length))
    for (const length of [32, 48, 64]) {
      expect(() => parseConfig({ JWT_SECRET_KEY: secret.slice(0, length) })).toThrow(
        /JWT_SECRET_KEY: (can be guessed|is still a placeholder)/,
      )
    }
  })

  it.each([
    'a'.repeat(32),
    `${'0'.repeat(31)}1`,
    'aaaaaaaabbbbbbbbccccccccdddddddd',
    'abcdefghijklmnopqrstuvwxyz012345',
    'zyxwvutsrqponmlkjihgfedcba987654',
    '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'qwertyuiopasdfghjklzxcvbnm123456',
    'qwerty123456qwerty123456qwerty12',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9',
    '1q2w3e4r5t6y7u8i9o0p1q2w3e4r5t6y',
    // Published in guides, and as defaults.
    'a-string-secret-at-least-256-bits-long',
    'your-256-bit-secret-your-256-bit-secret',
    'super-secret-jwt-token-with-at-least-32-characters-long',
    'reallyreallyreallyreallyverysafe',
    '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
    'correct-horse-battery-staple-correct',
  ])('%s', (JWT_SECRET_KEY) => {
    expect(() => parseConfig({ JWT_SECRET_KEY })).toThrow('JWT_SECRET_KEY: can be guessed')
  })
})

describe('a random secret is taken, always', () => {
  it.each<[string, () => string]>([
    ['openssl rand -base64 48', () => randomBytes(48).toString('base64')],
    ['openssl rand -base64 32', () => randomBytes(32).toString('base64')],
    ['openssl rand -hex 32', () => randomBytes(32).toString('hex')],
    ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
    ['the first run', () => randomBytes(48).toString('base64url')],
  ])('%s', (_, make) => {
    const refused = Array.from({ length: MANY }, make).filter(isGuessable)
    expect(refused).toEqual([])
  })

  it('whatever name it has in front', () => {
    for (const name of ['edge-auth-secret-', 'production-password-', 'jwt-key-']) {
      expect(isGuessable(name + randomBytes(24).toString('hex'))).toBe(false)
    }
  })
})
