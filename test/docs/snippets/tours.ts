import { expect } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: the lines of a script, of which each is what the assertions say.
type Answers = any[]

/** What each page's script answers, line by line, in the order in which they are run. */
export const TOURS: Record<string, (answers: Answers) => void> = {
  'docs/quick-start.md': ([user, tokens, me, meAgain, sessions, verified, meVerified, ...ends]) => {
    expect(user).toMatchObject({ username: 'ada', email: 'ada@example.org', email_verified: false })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 86_400 })
    expect(me).toEqual(user)
    expect(meAgain).toEqual(user)
    expect(sessions.sessions).toHaveLength(2)
    expect(verified).toBe('verified: 204')
    expect(meVerified).toEqual({ ...user, email_verified: true })
    const [loggedOut, refused, ...rest] = ends
    expect(loggedOut).toBe('logged out: 204')
    expect(refused).toMatchObject({ status: 401, code: 'token_invalid' })
    expect(rest).toEqual([])
  },
  'docs/factors.md': ([user, loggedOut, factors, removed, none, ...rest]) => {
    expect(user).toMatchObject({ username: 'lise' })
    expect([loggedOut, removed]).toEqual(['logged out: 204', 'removed: 204'])
    expect(factors).toMatchObject({ totp: { created_at: expect.any(String) }, passkeys: [] })
    expect(factors.recovery_codes_left).toBe(10)
    expect(none).toEqual({ totp: null, passkeys: [], recovery_codes_left: 0 })
    expect(rest).toEqual([])
  },
  'docs/browser-app.md': ([login, me, hostile, token, loggedOut, refused, ...rest]) => {
    expect(login).toMatchObject({ token_type: 'bearer', access_token: expect.any(String) })
    expect(login).not.toHaveProperty('refresh_token')
    expect(me).toMatchObject({ username: 'ada' })
    expect(hostile).toMatchObject({ status: 403, code: 'csrf_refused' })
    expect(Object.keys(token).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
    expect(loggedOut).toBe('logged out: 204')
    expect(refused).toMatchObject({ status: 401, code: 'token_missing' })
    expect(rest).toEqual([])
  },
}
