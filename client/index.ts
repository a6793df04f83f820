import {
  isActivityPage,
  isSessionList,
  isSignupAnswer,
  readConfirmation,
  readJson,
} from './answers.ts'
import type { AuthClient } from './auth-client.ts'
import { createBackgroundJob } from './background-job.ts'
import { createBearerAuth } from './bearer-auth.ts'
import { resolveOptions } from './defaults.ts'
import { createFactorCalls } from './factor-calls.ts'
import { createFederationCalls } from './federation-calls.ts'
import { createLogIn, createLogInCalls } from './log-ins.ts'
import { createLoginState } from './login-state.ts'
import { createMailCalls } from './mail-calls.ts'
import { createMutex } from './mutex.ts'
import type { AuthClientOptions } from './options.ts'
import { listenToPage } from './page-events.ts'
import { createPasskeyCalls } from './passkey-calls.ts'
import { createPendingLogouts, parsePendingLogouts } from './pending-logouts.ts'
import { createProfileCalls } from './profile-calls.ts'
import { createRaise } from './raise.ts'
import { createRefresh } from './refresh.ts'
import { jsonBody, postRequest, send, serviceRequest } from './request.ts'
import { createStore } from './store.ts'
import { parseTokens, refreshDueAt, type Tokens } from './tokens.ts'

export type {
  AuthClient,
  FactorCalls,
  FederationCalls,
  LogInCalls,
  MailCalls,
  PasskeyCalls,
  ProfileCalls,
} from './auth-client.ts'
export { AuthError, NetworkError } from './errors.ts'
export { type LinkLocation, tokenOfLink } from './link-token.ts'
export type { AuthClientOptions, Clock, Locks } from './options.ts'
export { type KeyValueStorage, memoryStorage } from './storage.ts'
export type {
  ActivityEvent,
  ActivityPage,
  ActivityQuery,
  AssertionCredential,
  Challenge,
  CodeInput,
  CodeRequested,
  Completed,
  DeletionInput,
  EmailChangeInput,
  ErrorCode,
  FactorList,
  FieldCode,
  FieldProblem,
  Identity,
  IdentityList,
  LoginInput,
  LoginOutcome,
  LoginPending,
  LogoutAllInput,
  MfaRequired,
  Passkey,
  PasskeyInput,
  PasskeyOptions,
  PasswordInput,
  PasswordResetInput,
  Problem,
  ProfileInput,
  ProviderInfo,
  ProviderOptions,
  ReauthInput,
  RecoveryCodes,
  SecondFactor,
  SecondFactorInput,
  Session,
  SignupInput,
  SignupPending,
  TotpEnrolment,
  User,
} from './types.ts'

/** A client of one service; every tab makes its own, and they share the log-in. */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const { base, name, platform, origins, storage, locks, onLoggedOut } = resolveOptions(options)
  const url = (path: string) => new URL(path, base)
  const store = createStore(storage, name, parseTokens)
  const runExclusive = createMutex({ name, locks, isPage: platform.isPage })
  const state = createLoginState(store, onLoggedOut)
  const refreshUrl = url('auth/refresh')
  const refresh = createRefresh({ platform, url: refreshUrl, store, runExclusive })
  const jitter = Math.random()
  const renew = () => refresh(store.read()?.access_token ?? '')
  const renewal = createBackgroundJob({
    platform,
    dueAt() {
      const stored = store.read()
      return stored && refreshDueAt(stored, platform.now(), jitter)
    },
    async run() {
      await renew()
    },
  })
  const bearerAuth = createBearerAuth({ platform, store, refresh, renewal, origins })
  const logouts = createPendingLogouts({
    platform,
    store: createStore(storage, `${name}:logouts`, parsePendingLogouts),
    logoutUrl: url('auth/logout'),
    refreshUrl,
  })

  function checkTokens(): void {
    state.check()
    renewal.check()
  }
  function checkAll(): void {
    checkTokens()
    logouts.check()
  }
  const stopWatching = store.watch(checkTokens)
  const stopListening = platform.isPage
    ? listenToPage(name, {
        onStorage: checkTokens,
        onReturn: checkAll,
        onOnline() {
          state.check()
          void renewal.retryNow()
          void logouts.retryNow()
        },
      })
    : () => undefined
  checkAll()

  /**
   * Forgets a log-in at once, and again when nothing refreshes: a tab that did might have brought it back. Nobody waits for
   * that, since a refresh may take long.
   */
  function forgetLogin({ login_id }: Tokens): void {
    const forget = () => {
      if (store.read()?.login_id === login_id) state.forget()
    }
    forget()
    void runExclusive(async () => forget()).catch(() => undefined)
  }
  const post = (path: string, body: object) =>
    readConfirmation(bearerAuth.send(postRequest(url(path), body)))

  const logIn = createLogIn({ platform, url, store, runExclusive })
  const raise = createRaise({ platform, store, bearerAuth, refresh, runExclusive })

  return {
    ...createLogInCalls({ platform, url, logIn }),
    ...createFactorCalls({ url, bearerAuth, raise }),
    ...createPasskeyCalls({ platform, url, bearerAuth, raise, logIn }),
    ...createFederationCalls({ platform, name, url, bearerAuth, logIn, raise }),
    ...createMailCalls({ platform, url, bearerAuth, renew }),
    ...createProfileCalls({ url, bearerAuth }),
    signup: (input) =>
      readJson(send(platform, postRequest(url('auth/signup'), input)), isSignupAnswer),
    async logout() {
      const left = store.read()
      if (!left) return
      logouts.add(left)
      forgetLogin(left)
      await logouts.retryNow()
    },
    async logoutAll(input = {}) {
      const left = store.read()
      await post('auth/logout-all', input)
      if (left && !input.keep_current) forgetLogin(left)
    },
    isLoggedIn: () => store.read() !== undefined,
    onChange: state.onChange,
    async sessions() {
      const pending = bearerAuth.send(serviceRequest(url('auth/sessions')))
      return (await readJson(pending, isSessionList)).sessions
    },
    activity({ limit, cursor } = {}) {
      const target = url('auth/activity')
      if (limit !== undefined) target.searchParams.set('limit', String(limit))
      if (cursor !== undefined) target.searchParams.set('cursor', cursor)
      return readJson(bearerAuth.send(serviceRequest(target)), isActivityPage)
    },
    endSession(id) {
      const target = url(`auth/sessions/${encodeURIComponent(id)}`)
      return readConfirmation(bearerAuth.send(serviceRequest(target, { method: 'DELETE' })))
    },
    changePassword: (input) => post('auth/password', input),
    async deleteAccount(input) {
      const left = store.read()
      const request = serviceRequest(url('auth/me'), { method: 'DELETE', ...jsonBody(input) })
      await readConfirmation(bearerAuth.send(request))
      if (left) forgetLogin(left)
    },
    fetch(input, init) {
      const target = input instanceof Request ? input : new URL(input, base)
      return bearerAuth.send(new Request(target, init))
    },
    accessToken: () => bearerAuth.token(),
    close() {
      for (const stop of [stopWatching, stopListening, renewal.close, logouts.close, state.close])
        stop()
    },
  }
}
