import type {
  LoginInput,
  LogoutAllInput,
  PasswordInput,
  Session,
  SignupInput,
  User,
} from './types.ts'

/** A client of one service. All methods work detached from the object. */
export type AuthClient = {
  /** Creates an account; log in afterwards. */
  signup(input: SignupInput): Promise<User>
  /** Opens a session, which all tabs then have. */
  login(input: LoginInput): Promise<void>
  /** Ends this session, at once on this device; a service that cannot be reached now is told later. */
  logout(): Promise<void>
  /** Ends all sessions of the user, or all others. */
  logoutAll(input?: LogoutAllInput): Promise<void>
  /** True while there are tokens; whether the service still accepts them only a request can tell. */
  isLoggedIn(): boolean
  /**
   * Calls the listener after a log-in and after a log-out, in this tab or another that shares the storage. It is not called
   * when tokens are refreshed, and is called with `true` when somebody else logs in. Gives what stops it.
   */
  onChange(listener: (isLoggedIn: boolean) => void): () => void
  /** The current user. */
  me(): Promise<User>
  /** The user's sessions that still live. */
  sessions(): Promise<Session[]>
  /** Ends one session by its id. */
  endSession(id: string): Promise<void>
  /** Sets a new password; the user's other sessions end. */
  changePassword(input: PasswordInput): Promise<void>
  /** The platform's `fetch` as the logged-in user; a relative URL counts from `baseUrl`. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** An access token that is good for now, for what is not sent by `fetch`; nothing when logged out. */
  accessToken(): Promise<string | undefined>
  /** Removes every listener and timer. The session stays, and calls still work. */
  close(): void
}
