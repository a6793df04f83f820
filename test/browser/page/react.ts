import { createElement, StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import type { AuthClient } from '../../../client/index.ts'
import { AuthProvider, useAuth, useUser } from '../../../client/react/index.ts'

declare const page: { auth: AuthClient }

function Greeting() {
  const auth = useAuth()
  const user = useUser()
  if (user === undefined) return createElement('p', null, 'One moment')
  if (user === null) return createElement('p', null, 'Nobody')
  const leave = () => void auth.logout()
  return createElement('button', { type: 'button', onClick: leave }, `Log out ${user.username}`)
}

const app = createElement(
  StrictMode,
  null,
  createElement(AuthProvider, { client: page.auth }, createElement(Greeting)),
)
const root = document.createElement('main')
root.innerHTML = renderToString(app)
document.body.append(root)
const errors: string[] = []
hydrateRoot(root, app, { onRecoverableError: (error) => errors.push(String(error)) })
Object.assign(globalThis, { hydrationErrors: errors, rendered: root.textContent })
