import { jsonOf, post, succeeded } from './api.ts'
import { createAuthorized } from './authorized.ts'
import { authErrorOf } from './errors.ts'
import { createExclusive } from './locks.ts'
import { type AuthClientOptions, surroundings } from './options.ts'
import { createRefresh } from './refresh.ts'
import { send } from './request.ts'
import { createTokenStore, tokensFrom } from './tokens.ts'
import type * as wire from './types.ts'

export { AuthError, NetworkError } from './errors.ts'
export type { Locks } from './locks.ts'
export type { AuthClientOptions } from './options.ts'
export { type KeyValueStorage, memoryStorage } from './storage.ts'
export type {
  ErrorCode,
  FieldCode,
  FieldProblem,
  LoginInput,
  Session,
  SignupInput,
  User,
} from './types.ts'

export type AuthClient = ReturnType<typeof createAuthClient>

/** A client of one service; every tab makes its own, and they share the log-in. */
export function createAuthClient(options: AuthClientOptions) {
  const { base, name, io, origins, storage, locks, onLoggedOut } = surroundings(options)
  const url = (path: string) => new URL(path, base)
  const store = createTokenStore(storage, name)
  const exclusive = createExclusive(name, locks)
  const refresh = createRefresh({ io, url: url('auth/refresh'), store, exclusive, onLoggedOut })
  const authorized = createAuthorized({ io, store, refresh, origins })

  const forget = () => exclusive(async () => store.clear())
  const get = <T>(path: string) => jsonOf<T>(authorized.send(new Request(url(path))))
  const act = (request: Request) => succeeded(authorized.send(request))

  return {
    /** Creates an account; log in afterwards. */
    signup(input: wire.SignupInput): Promise<wire.User> {
      return jsonOf(send(io, post(url('auth/signup'), input)))
    },
    /** Opens a session, which all tabs then have. */
    async login(input: wire.LoginInput): Promise<void> {
      const sentAt = io.now()
      const answer = await jsonOf<wire.TokenResponse>(send(io, post(url('auth/login'), input)))
      await exclusive(async () => store.write(tokensFrom(answer, sentAt)))
    },
    /** Ends this session. The tokens are forgotten here even when the service cannot be told. */
    async logout(): Promise<void> {
      if (!store.read()) return
      const response = await authorized.send(post(url('auth/logout'))).finally(forget)
      if (!response.ok && response.status !== 401) throw await authErrorOf(response)
    },
    /** Ends all sessions of the user, or all others. */
    async logoutAll(input: wire.LogoutAllInput = {}): Promise<void> {
      await act(post(url('auth/logout-all'), input))
      if (!input.keep_current) await forget()
    },
    /** The current user. */
    me: () => get<wire.User>('auth/me'),
    /** The user's sessions that still live. */
    async sessions(): Promise<wire.Session[]> {
      return (await get<wire.Sessions>('auth/sessions')).sessions
    },
    /** Ends one session by its id. */
    async endSession(id: string): Promise<void> {
      const path = `auth/sessions/${encodeURIComponent(id)}`
      await act(new Request(url(path), { method: 'DELETE' }))
    },
    /** Sets a new password; the user's other sessions end. */
    async changePassword(input: wire.PasswordInput): Promise<void> {
      await act(post(url('auth/password'), input))
    },
    /** The platform's `fetch` as the logged-in user; a relative URL counts from `baseUrl`. */
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      const target = input instanceof Request ? input : new URL(input, base)
      return authorized.send(new Request(target, init))
    },
    /** An access token that is good for now, for what is not sent by `fetch`; nothing when logged out. */
    accessToken: () => authorized.token(),
  }
}
