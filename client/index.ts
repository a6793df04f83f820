import { postRequest, readJson, throwIfRefused } from './api.ts'
import { createBearerAuth } from './bearer-auth.ts'
import { readAuthError } from './errors.ts'
import { createMutex } from './mutex.ts'
import { type AuthClientOptions, resolveOptions } from './options.ts'
import { createRefresh } from './refresh.ts'
import { send } from './request.ts'
import { createTokenStore, tokensFrom } from './tokens.ts'
import type * as wire from './types.ts'

export { AuthError, NetworkError } from './errors.ts'
export type { Locks } from './mutex.ts'
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
  const { base, name, platform, origins, storage, locks, onLoggedOut } = resolveOptions(options)
  const url = (path: string) => new URL(path, base)
  const store = createTokenStore(storage, name)
  const runExclusive = createMutex(name, locks)
  const refresh = createRefresh({
    platform,
    url: url('auth/refresh'),
    store,
    runExclusive,
    onLoggedOut,
  })
  const bearerAuth = createBearerAuth({ platform, store, refresh, origins })

  const clearTokens = () => runExclusive(async () => store.clear())
  const getJson = <T>(path: string) => readJson<T>(bearerAuth.send(new Request(url(path))))
  const sendOrThrow = (request: Request) => throwIfRefused(bearerAuth.send(request))

  return {
    /** Creates an account; log in afterwards. */
    signup(input: wire.SignupInput): Promise<wire.User> {
      return readJson(send(platform, postRequest(url('auth/signup'), input)))
    },
    /** Opens a session, which all tabs then have. */
    async login(input: wire.LoginInput): Promise<void> {
      const sentAt = platform.now()
      const answer = await readJson<wire.TokenResponse>(
        send(platform, postRequest(url('auth/login'), input)),
      )
      await runExclusive(async () => store.write(tokensFrom(answer, sentAt)))
    },
    /** Ends this session. The tokens are forgotten here even when the service cannot be told. */
    async logout(): Promise<void> {
      if (!store.read()) return
      const response = await bearerAuth.send(postRequest(url('auth/logout'))).finally(clearTokens)
      if (!response.ok && response.status !== 401) throw await readAuthError(response)
    },
    /** Ends all sessions of the user, or all others. */
    async logoutAll(input: wire.LogoutAllInput = {}): Promise<void> {
      await sendOrThrow(postRequest(url('auth/logout-all'), input))
      if (!input.keep_current) await clearTokens()
    },
    /** The current user. */
    me: () => getJson<wire.User>('auth/me'),
    /** The user's sessions that still live. */
    async sessions(): Promise<wire.Session[]> {
      return (await getJson<wire.Sessions>('auth/sessions')).sessions
    },
    /** Ends one session by its id. */
    async endSession(id: string): Promise<void> {
      const path = `auth/sessions/${encodeURIComponent(id)}`
      await sendOrThrow(new Request(url(path), { method: 'DELETE' }))
    },
    /** Sets a new password; the user's other sessions end. */
    async changePassword(input: wire.PasswordInput): Promise<void> {
      await sendOrThrow(postRequest(url('auth/password'), input))
    },
    /** The platform's `fetch` as the logged-in user; a relative URL counts from `baseUrl`. */
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      const target = input instanceof Request ? input : new URL(input, base)
      return bearerAuth.send(new Request(target, init))
    },
    /** An access token that is good for now, for what is not sent by `fetch`; nothing when logged out. */
    accessToken: () => bearerAuth.token(),
  }
}
