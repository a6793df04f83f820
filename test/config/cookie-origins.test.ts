import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { SECRET } from '../support/app.ts'

const parsed = (COOKIE_ORIGINS: string, CORS_ORIGINS: string) =>
  parseConfig({ JWT_SECRET_KEY: SECRET, CORS_ORIGINS, COOKIE_ORIGINS }).http.cookieOrigins

describe('COOKIE_ORIGINS', () => {
  it('are none by default', () => {
    expect(parseConfig({ JWT_SECRET_KEY: SECRET }).http.cookieOrigins).toEqual([])
  })

  it.each([
    ['https://app.example.org', 'https://other.example.org,https://app.example.org'],
    ['http://localhost:5173', 'http://localhost:*'],
    ['http://localhost:*', 'http://localhost:*'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('may be %s where %s may call', (cookies, callers) => {
    expect(parsed(cookies, callers)).toEqual([cookies])
  })

  it.each([
    ['https://app.example.org', ''],
    ['https://app.example.org', 'https://other.example.org'],
    ['https://app.example.org:8443', 'https://app.example.org'],
    ['http://localhost:*', 'http://localhost:5173'],
    ['http://127.0.0.1:3000', 'http://localhost:*'],
  ])('may not be %s where %j may call', (cookies, callers) => {
    expect(() => parsed(cookies, callers)).toThrow('COOKIE_ORIGINS: must be among CORS_ORIGINS')
  })

  it('may not go without TLS but on this machine', () => {
    const origin = 'http://app.example.org'
    expect(() => parsed(origin, origin)).toThrow('COOKIE_ORIGINS: must be https')
  })

  it.each(['app.example.org', 'https://app.example.org/', 'https://*.example.org', 'null', '*'])(
    'may not be %s',
    (listed) => {
      expect(() => parsed(listed, listed)).toThrow('COOKIE_ORIGINS: must be a comma-separated list')
    },
  )
})
