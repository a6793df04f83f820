import { expect } from 'vitest'
import type { Purpose } from '../../src/core/one-time-tokens/purposes.ts'
import type { TestApp } from './app.ts'
import { pendingToken } from './mailed.ts'
import { quoted } from './names.ts'

export const FORM = 'application/x-www-form-urlencoded'
export const NEW_PASSWORD = 'another horse, another battery'

type Headers = Record<string, string>
type Fields = Record<string, string> | [string, string][]
export type Linked = Awaited<ReturnType<ReturnType<typeof linkPages>['linked']>>

/** What tests do with the pages that links in mails open. The app is made before the first test only. */
export function linkPages(appOf: () => TestApp) {
  return {
    open: (path: string, token?: string, headers: Headers = {}, app = appOf()) =>
      app.request(path + (token === undefined ? '' : `?token=${encodeURIComponent(token)}`), {
        headers,
      }),

    press: (path: string, fields: Fields, headers: Headers = {}, app = appOf()) =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': FORM, ...headers },
        body: new URLSearchParams(fields).toString(),
      }),

    /** Somebody, with the token of a link. A new address is one that nobody has. */
    async linked({ purpose }: { purpose: Purpose }) {
      const person = await appOf().signup()
      const isForOther = purpose === 'confirm_email' || purpose === 'undo_email_change'
      const other = isForOther ? `other-${person.email}` : undefined
      return { person, other, ...(await pendingToken(appOf(), person, purpose, other)) }
    },

    isPending: async ({ id }: { id: string }) =>
      (
        await appOf().column(
          `select id::text from edge_auth.one_time_tokens where id = ${quoted(id)}`,
        )
      ).length === 1,
  }
}

/** Asserts that the answer is a page of the service, with a strict policy, and gives its text. */
export async function expectPage(answer: Response, status: number): Promise<string> {
  const text = (await answer.text()).replace(/<style>.*<\/style>/s, '')
  expect(`${answer.status} ${text}`).toMatch(new RegExp(`^${status} <!doctype html>`))
  const { headers } = answer
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('vary')).toBe('Accept-Language, Origin')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(text).toContain(`<html lang="${headers.get('content-language')}">`)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy.split('; ').sort()).toEqual([
    "base-uri 'none'",
    "default-src 'none'",
    text.includes('<form') ? "form-action 'self'" : "form-action 'none'",
    "frame-ancestors 'none'",
    'img-src data:',
    expect.stringMatching(/^style-src 'sha256-[\w+/]{43}='$/),
  ])
  expect(text).not.toMatch(/<script|\sstyle=|\son\w+=|http-equiv|\{\w+\}|undefined|\[object/)
  return text
}

/** The text of a page, without the entities of its punctuation. */
export const words = (text: string) => text.replaceAll('&#39;', "'").replaceAll('&quot;', '"')
