import {
  AuthError,
  createAuthClient,
  memoryStorage,
  NetworkError,
  tokenOfLink,
  type User,
} from 'edge-auth-client'

const auth = createAuthClient({
  baseUrl: 'https://auth.example.org',
  storage: location.hash === '#private' ? memoryStorage() : localStorage,
})

const show = (text: string) => document.querySelector('output')?.replaceChildren(text)
auth.onChange((isLoggedIn) => show(isLoggedIn ? 'Welcome' : 'Goodbye'))

const token = tokenOfLink(location)

try {
  if (token !== undefined) await auth.verifyEmail(token)
  await auth.login({ username_or_email: 'ada', password: 'correct horse battery staple' })
  const user: User = await auth.me()
  const things: Response = await auth.fetch('/things', { signal: AbortSignal.timeout(1000) })
  show(`${user.username} has ${(await things.text()).length}`)
} catch (error) {
  if (error instanceof AuthError && error.code === 'invalid_credentials') show('Try again')
  else if (error instanceof AuthError && error.code === 'email_not_verified') {
    await auth.requestVerification('ada@example.org')
  } else if (error instanceof AuthError) show(error.errors.map(({ code }) => code).join())
  else if (error instanceof NetworkError) show('You are offline')
  else throw error
}
