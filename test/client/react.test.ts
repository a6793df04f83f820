import { createElement, StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { type AuthClient, createAuthClient } from '../../client/index.ts'
import { AuthProvider, useAuth, useUser } from '../../client/react/index.ts'

const baseUrl = 'https://auth.example.org'

function Greeting() {
  const user = useUser()
  return createElement('p', null, user === undefined ? 'One moment' : (user?.username ?? 'Nobody'))
}

const rendered = (client: AuthClient) =>
  renderToString(
    createElement(
      StrictMode,
      null,
      createElement(AuthProvider, { client }, createElement(Greeting)),
    ),
  )

it.each(['bearer', 'cookie'] as const)(
  'a server renders what it cannot know yet, and asks nothing, by %s',
  (credentials) => {
    const fetch = vi.fn()
    const client = createAuthClient({ baseUrl, credentials, fetch })
    expect(rendered(client)).toBe('<p>One moment</p>')
    expect(fetch).not.toHaveBeenCalled()
  },
)

it('useAuth gives the client itself', () => {
  const client = createAuthClient({ baseUrl })
  let found: AuthClient | undefined
  function Taker() {
    found = useAuth()
    return null
  }
  renderToString(createElement(AuthProvider, { client }, createElement(Taker)))
  expect(found).toBe(client)
})

it('a component without a provider says what it lacks', () => {
  expect(() => renderToString(createElement(Greeting))).toThrow('<AuthProvider client={…}>')
})

it('there is nothing more', async () => {
  expect(Object.keys(await import('../../client/react/index.ts')).toSorted()).toEqual([
    'AuthProvider',
    'useAuth',
    'useUser',
  ])
})
