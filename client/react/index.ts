'use client'

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useSyncExternalStore,
} from 'react'
import type { AuthClient, User } from '../index.ts'

const Context = createContext<AuthClient | undefined>(undefined)

/** Gives a client to all components below. Make the client once, outside of components. */
export function AuthProvider(props: { client: AuthClient; children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: props.client }, props.children)
}

/** The client of the nearest `AuthProvider`. */
export function useAuth(): AuthClient {
  const client = useContext(Context)
  if (client) return client
  throw new Error('useAuth and useUser need an <AuthProvider client={…}> around them.')
}

/**
 * The user: null where nobody is logged in, undefined while that is not known, as on a server and before hydration. The
 * component is rendered again whenever that changes, in any tab.
 */
export function useUser(): User | null | undefined {
  const { getUser, onUserChange } = useAuth()
  return useSyncExternalStore(onUserChange, getUser, notKnown)
}

const notKnown = () => undefined
