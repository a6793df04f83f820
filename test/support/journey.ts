import { expect } from 'vitest'
import { PASSWORD } from './app.ts'
import type { NodeProcess } from './node-process.ts'

type Api = Pick<NodeProcess, 'post' | 'get' | 'refresh'>

/** What everybody does with the service, in order; all of it works and every instant is of today. */
export async function expectJourney(api: Api): Promise<void> {
  const username = `j${crypto.randomUUID().slice(0, 13)}`
  const email = `${username}@example.org`
  const signup = await api.post('/auth/signup', { username, email, password: PASSWORD })
  expect([signup.status, await signup.json()]).toMatchObject([201, { username, email }])
  const login = async (username_or_email: string) => {
    const answer = await api.post('/auth/login', { username_or_email, password: PASSWORD })
    expect(answer.status).toBe(200)
    return answer.json()
  }
  const first = await login(username)
  const second = await login(email)
  const me = await api.get('/auth/me', first.access_token)
  const user = await me.json()
  expect([me.status, user.username]).toEqual([200, username])
  expectRecent(user.created_at)

  const refreshed = await api.refresh(first.refresh_token)
  expect(refreshed.status).toBe(200)
  const { access_token } = await refreshed.json()
  const list = await api.get('/auth/sessions', access_token)
  const { sessions } = await list.json()
  expect(sessions).toHaveLength(2)
  for (const session of sessions) {
    expectRecent(session.created_at)
    expectRecent(session.last_used_at)
    const days = (Date.parse(session.expires_at) - Date.parse(session.last_used_at)) / 86_400_000
    expect(days).toBeCloseTo(1, 3)
  }
  expect((await api.post('/auth/logout', {}, access_token)).status).toBe(204)
  expect((await api.get('/auth/me', access_token)).status).toBe(401)
  expect((await api.get('/auth/me', second.access_token)).status).toBe(200)
  expect((await api.get('/health/ready')).status).toBe(200)
}

/** Two minutes are enough for any test; a day and a month that were swapped are never so near. */
function expectRecent(instant: string): void {
  expect(Math.abs(Date.now() - Date.parse(instant))).toBeLessThan(120_000)
}
