import type { TestApp } from './app.ts'
import { personWith } from './sessions.ts'

/** Somebody who is logged in once. */
export async function somebody(t: TestApp) {
  const { person, sessions } = await personWith(t, 1)
  const token = sessions[0].access_token
  return { ...person, tokens: sessions[0], token }
}

/** Sends a change of the profile as it is given: a text is the body itself. */
export function patchProfile(
  t: TestApp,
  token: string,
  change: unknown,
  headers: Record<string, string> = {},
) {
  return t.request('/auth/me', {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: typeof change === 'string' ? change : JSON.stringify(change),
  })
}
