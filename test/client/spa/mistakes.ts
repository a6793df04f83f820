import { AuthError, createAuthClient } from 'edge-auth-client'
import { verifyRequest } from 'edge-auth-client/server'

const baseUrl = 'https://auth.example.org'
const account = { username: 'ada', email: 'ada@example.org', password: 'correct horse' }

export const auth = createAuthClient({ baseUrl })
export const other = createAuthClient({ baseUrl, storge: sessionStorage }) // wrong: an unknown option
await auth.signup({ ...account, is_admin: true }) // wrong: an unknown field
await auth.login({ username_or_email: 'ada' }) // wrong: no password
await auth.resetPassword({ token: 'x', password: 'correct horse' }) // wrong: it is new_password
const answer = await auth.signup(account)
export const id: string = answer.id // wrong: the service may require a verified email
export const ids: string[] = 'verification_required' in answer ? [] : [answer.id]
export const name: string = (await auth.me()).full_name // wrong: an unknown property
export const thing: string = (await auth.fetch('/thing')).data // wrong: an answer has no data
export const isTaken = (error: unknown) =>
  error instanceof AuthError && error.code === 'username_taken' // wrong: an unknown code
export const user: { username: string } = auth.getUser() // wrong: nobody may be logged in
createAuthClient({ baseUrl, credentials: 'cookies' }) // wrong: it is cookie
await verifyRequest(new Request(baseUrl), { jwksUrl: baseUrl, issuer: 'edge-auth' }) // wrong: whom is it for?
