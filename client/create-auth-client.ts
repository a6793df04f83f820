import type { AuthClient } from './auth-client.ts'
import { createBearerMode } from './bearer-mode.ts'
import { createCookieMode } from './cookie-mode.ts'
import { resolveOptions } from './defaults.ts'
import { deferred, loader } from './deferred.ts'
import { createFederationCalls } from './federation.ts'
import type { AuthClientOptions } from './options.ts'
import { listenToPage } from './page-events.ts'
import { readUser, type Versions } from './read-user.ts'
import { serviceRequest } from './request.ts'
import { createStore, parseText } from './store.ts'
import { createUserSnapshot } from './user-snapshot.ts'

/** A client of one service; every tab makes its own, and they share the log-in. */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const resolved = resolveOptions(options)
  const { base, name, platform, storage } = resolved
  const url = (path: string) => new URL(path, base)
  const createMode = resolved.isByCookie ? createCookieMode : createBearerMode
  const mode = createMode({ ...resolved, url })

  const changes = createStore(storage, `${name}:user`, parseText)
  const versions: Versions = new WeakMap()
  const user = createUserSnapshot({
    ...{ platform, changes, versions, loginId: mode.loginId },
    load: () => me(),
  })
  const me = () => user.keep(() => readUser(mode, versions, serviceRequest(url('auth/me'))))

  function check(): void {
    mode.check()
    user.check()
  }
  function resume(): void {
    mode.resume()
    user.check()
  }
  const stopWatching = changes.watch(check)
  const stopListening = platform.isPage
    ? listenToPage(name, {
        onStorage: check,
        onReturn: resume,
        onOnline() {
          mode.retryNow()
          void user.retryNow()
        },
      })
    : () => undefined
  resume()

  const deps = { platform, name, url, mode, user, versions }
  const logIns = loader(async () => (await import('./log-in-calls.ts')).createLogInCalls(deps))
  const account = loader(async () => (await import('./account-calls.ts')).createAccountCalls(deps))
  const passkeys = loader(async () => (await import('./passkey-calls.ts')).createPasskeyCalls(deps))
  const providers = loader(async () =>
    (await import('./provider-calls.ts')).createProviderCalls(deps),
  )

  return {
    ...deferred(logIns, ['signup', 'login', 'verifyMfa', 'requestCode', 'logInWithCode']),
    ...createFederationCalls(name, providers),
    me,
    ...deferred(passkeys, [
      'registerPasskey',
      'logInWithPasskey',
      'provePasskey',
      'renamePasskey',
      'removePasskey',
    ]),
    ...deferred(account, [
      'updateProfile',
      'factors',
      'enrollTotp',
      'confirmTotp',
      'removeTotp',
      'replaceRecoveryCodes',
      'reauth',
      'linkIdentity',
      'identities',
      'unlink',
      'requestVerification',
      'verifyEmail',
      'forgotPassword',
      'resetPassword',
      'changeEmail',
      'confirmEmail',
      'undoEmailChange',
      'logoutAll',
      'sessions',
      'activity',
      'endSession',
      'changePassword',
      'deleteAccount',
    ]),
    logout: mode.logout,
    isLoggedIn: mode.isLoggedIn,
    onChange: mode.onChange,
    getUser: user.get,
    onUserChange: user.onChange,
    fetch(input, init) {
      const target = input instanceof Request ? input : new URL(input, base)
      return mode.send(new Request(target, init))
    },
    accessToken: mode.token,
    close() {
      for (const stop of [stopWatching, stopListening, mode.close, user.close]) stop()
    },
  }
}
