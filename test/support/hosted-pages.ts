import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import { OWN_ORIGIN } from './cookies.ts'
import { FORM } from './link-pages.ts'

type Headers = Record<string, string | undefined>
type Fields = Record<string, string> | [string, string][]

/** What a browser sends with the form of a page of this service. */
export const OWN_FORM: Headers = {
  'content-type': FORM,
  origin: OWN_ORIGIN,
  'sec-fetch-site': 'same-origin',
}

/** A browser at the pages for people, with its cookies. The app is made before the first test only. */
export function visitor(appOf: () => TestApp) {
  const jar = new Map<string, string>()

  const keep = (answer: Response): Response => {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  const sent = (headers: Headers) => {
    const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ')
    const all = { ...(cookie && { cookie }), ...headers }
    return Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined),
    ) as Record<string, string>
  }

  return {
    jar,
    open: async (path: string, headers: Headers = {}, app = appOf()) =>
      keep(await app.request(path, { headers: sent(headers) })),
    /** Sends a form; a header that is undefined is left out. */
    send: async (path: string, fields: Fields, headers: Headers = {}, app = appOf()) =>
      keep(
        await app.request(path, {
          method: 'POST',
          headers: sent({ ...OWN_FORM, ...headers }),
          body: new URLSearchParams(fields).toString(),
        }),
      ),
  }
}

const POLICY: Record<string, string[]> = {
  'base-uri': ["'none'"],
  'default-src': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
}

/** Asserts that the answer is a page for people with a strict policy, and gives its text. */
export async function expectHostedPage(answer: Response, status: number): Promise<string> {
  const text = (await answer.text()).replace(/<style>.*<\/style>/s, '')
  expect(`${answer.status} ${text}`).toMatch(new RegExp(`^${status} <!doctype html>`))
  const { headers } = answer
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('same-origin')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('vary')).toBe('Accept-Language, Cookie, Origin, Sec-Fetch-Site')
  expect(text).toContain(`<html lang="${headers.get('content-language')}">`)
  const policy = policyOf(answer)
  expect(policy).toMatchObject(POLICY)
  expect(policy['style-src']).toEqual([expect.stringMatching(/^'sha256-[\w+/]{43}='$/)])
  const scripts = Array.from(text.matchAll(/<script src="([^"]*)" defer/g), ([, src]) => src)
  expect(scripts.every((src) => /^(\.\.\/)*pages\.js$/.test(src ?? ''))).toBe(true)
  expect(policy['script-src']).toEqual(scripts.length > 0 ? ["'self'"] : undefined)
  expect(text).not.toMatch(/<script(?! src)|\{\w+\}|undefined|\[object/)
  const tags = text.replaceAll(/="[^"]*"/g, '=""')
  expect(tags).not.toMatch(/<[^>]*(?:\sstyle=|\son\w+=|http-equiv)/)
  return text
}

/** The directives of a page's policy. */
export function policyOf(answer: Response): Record<string, string[]> {
  const policy = answer.headers.get('content-security-policy') ?? ''
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources]
    }),
  )
}

/** The value of a hidden field, or of one that was typed in. */
export function fieldValue(page: string, name: string): string | undefined {
  const [input] = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(page) ?? []
  return input === undefined ? undefined : /value="([^"]*)"/.exec(input)?.[1]
}

/** What a form of a page sends as it stands there: each field that has a name, as often as it does. */
export function fieldsOf(page: string, form: string): [string, string][] {
  const shown = page.match(/<form .*?<\/form>/gs)?.find((one) => fieldValue(one, 'form') === form)
  expect(shown, `the page has no form ${form}`).toBeDefined()
  return Array.from(
    shown?.matchAll(/<input[^>]*name="([^"]*)"[^>]*>/g) ?? [],
    ([input, name = '']) => [
      name,
      /value="([^"]*)"/.exec(input)?.[1]?.replaceAll('&amp;', '&') ?? '',
    ],
  )
}
