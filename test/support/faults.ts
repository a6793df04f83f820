import { expect } from 'vitest'
import { PASSWORD } from './app.ts'
import type { NodeProcess } from './node-process.ts'
import { within } from './patience.ts'

export type Subject = {
  username: string
  tokens: { access_token: string; refresh_token: string }
}
type Api = Pick<NodeProcess, 'post' | 'get' | 'refresh'>

/** Somebody to try the faults on. */
export async function signUpAndIn({ post }: Api): Promise<Subject> {
  const username = `s${crypto.randomUUID().slice(0, 13)}`
  const person = { username, email: `${username}@example.org`, password: PASSWORD }
  expect((await post('/auth/signup', person)).status).toBe(201)
  const login = await post('/auth/login', { username_or_email: username, password: PASSWORD })
  return { username, tokens: await login.json() }
}

/** Every endpoint that needs the database says 503 in time, with nothing of a token in it; liveness is untouched. */
export async function expectRefusals(
  api: Api,
  { username, tokens }: Subject,
  milliseconds: number,
) {
  const startedAt = performance.now()
  const fresh = `n${crypto.randomUUID().slice(0, 13)}`
  const password = { current_password: PASSWORD, new_password: `${PASSWORD}!` }
  const answers = await Promise.all([
    api.get('/auth/me', tokens.access_token),
    api.refresh(tokens.refresh_token),
    api.post('/auth/login', { username_or_email: username, password: PASSWORD }),
    api.post('/auth/signup', {
      username: fresh,
      email: `${fresh}@example.org`,
      password: PASSWORD,
    }),
    api.get('/auth/sessions', tokens.access_token),
    api.post('/auth/password', password, tokens.access_token),
    api.get('/health/ready'),
  ])
  expect(performance.now() - startedAt).toBeLessThan(within(milliseconds))
  for (const answer of answers) {
    const text = await answer.text()
    expect([answer.status, text]).toEqual([503, expect.stringContaining('"service_unavailable"')])
    expect(answer.headers.get('retry-after')).toMatch(/^[2-9]$/)
    expect(text).not.toMatch(/token"|postgres|ECONN|select |stack/i)
  }
  expect((await api.get('/health')).status).toBe(200)
}

/** The service recovers unaided, within seconds, and the session still lives. */
export async function expectHealed(api: Api, subject: Subject) {
  await expect
    .poll(async () => (await api.get('/health/ready')).status, { timeout: within(8_000) })
    .toBe(200)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.get('/auth/me', subject.tokens.access_token)),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
}
