import type {
  ActivityPage,
  ActivityQuery,
  Challenge,
  CodeInput,
  CodeRequested,
  Completed,
  DeletionInput,
  EmailChangeInput,
  FactorList,
  Identity,
  IdentityList,
  LoginInput,
  LoginOutcome,
  LogoutAllInput,
  Passkey,
  PasskeyInput,
  PasskeyOptions,
  PasswordInput,
  PasswordResetInput,
  ProfileInput,
  ProviderInfo,
  ProviderOptions,
  ReauthInput,
  RecoveryCodes,
  SecondFactorInput,
  Session,
  SignupInput,
  SignupPending,
  TotpEnrolment,
  User,
} from './types.ts'

/** A client of one service. All methods work detached from the object. */
export type AuthClient = LogInCalls &
  SessionCalls &
  FactorCalls &
  PasskeyCalls &
  FederationCalls &
  IdentityCalls &
  MailCalls &
  ProfileCalls & {
    /**
     * Ends this session, at once on this device; a service that cannot be reached now is told later. It fails where a page has
     * just started and cannot ask whose session its cookie is of.
     */
    logout(): Promise<void>
    /**
     * True while somebody is logged in here, as far as this tab knows; whether the service still thinks so only a request can
     * tell. By cookie it is false, too, before the service was asked for the first time.
     */
    isLoggedIn(): boolean
    /**
     * Calls the listener after a log-in and after a log-out, in this tab or another that shares the storage. It is not called
     * when tokens are refreshed, and is called with `true` when somebody else logs in. Gives what stops it.
     */
    onChange(listener: (isLoggedIn: boolean) => void): () => void
    /**
     * The user at once, as the service said last: null where nobody is logged in, undefined while that is not known. It is the
     * same object until the user changes. The first call has the client ask for the user, and again whenever that is needed.
     */
    getUser(): User | null | undefined
    /** Calls the listener whenever `getUser` gives something else, whichever tab changed it. Gives what stops it. */
    onUserChange(listener: (user: User | null | undefined) => void): () => void
    /** The platform's `fetch` as the logged-in user; a relative URL counts from `baseUrl`. */
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
    /** An access token that is good for now, for what is not sent by `fetch`; nothing when logged out. */
    accessToken(): Promise<string | undefined>
    /** Removes every listener and timer. The session stays, and calls still work. */
    close(): void
  }

/** The user's sessions, and the account as a whole. */
export type SessionCalls = {
  /** Ends all sessions of the user, or all others. */
  logoutAll(input?: LogoutAllInput): Promise<void>
  /** The user's sessions that still live. */
  sessions(): Promise<Session[]>
  /** What happened to the user's account, by pages. */
  activity(query?: ActivityQuery): Promise<ActivityPage>
  /** Ends one session by its id. */
  endSession(id: string): Promise<void>
  /** Sets a new password; the user's other sessions end. */
  changePassword(input: PasswordInput): Promise<void>
  /** Deletes the account, and logs out here and in all tabs. */
  deleteAccount(input: DeletionInput): Promise<void>
}

/** What opens a session, which all tabs then have. */
export type LogInCalls = {
  /**
   * Creates an account; log in afterwards. A service that requires verified emails says `{ verification_required: true }`
   * instead, whether the account is new or the email or username taken: the mail tells.
   */
  signup(input: SignupInput): Promise<User | SignupPending>
  /**
   * Logs in by the password. Tells if that is known from a data breach. Where `mfa_required` is true nobody is logged in yet,
   * nothing is stored, and `verify` takes the second factor.
   */
  login(input: LoginInput): Promise<LoginOutcome>
  /** Finishes a log-in by a second factor and its `mfa_token`, such as on another page than it began on. */
  verifyMfa(input: SecondFactorInput & { mfa_token: string }): Promise<LoginOutcome>
  /** Mails a code to log in by. The answer never tells whether there is such an account. */
  requestCode(email: string, challenge?: Challenge): Promise<CodeRequested>
  /** Logs in by a mailed code, as `login` does by a password. */
  logInWithCode(input: CodeInput): Promise<LoginOutcome>
}

/**
 * Signing in at providers. By a popup each of these does all of it. By a redirect the page is left, the promise does not end,
 * and the page of `returnTo` goes on by `completeLogin`. Where the person cancels, `provider_denied` is thrown.
 */
export type FederationCalls = {
  /** The providers that are on, in their order. */
  providers(): Promise<ProviderInfo[]>
  /** Logs in as `login` does, at a provider. Who is new gets an account. */
  loginWith(provider: string, options?: ProviderOptions): Promise<LoginOutcome>
  /** Lets the user who is logged in log in by that provider too. */
  link(provider: string, options?: ProviderOptions): Promise<Identity>
  /** Proves at a linked provider once more who is logged in, as `reauth` does by a password. */
  reauthWith(provider: string, options?: ProviderOptions): Promise<void>
  /**
   * On the page of `returnTo`: does what the person went to the provider for, and takes the code out of the address. Gives
   * nothing if the person did not come from a provider, or if a popup gave it to the page that opened it.
   */
  completeLogin(): Promise<Completed | undefined>
}

/** The accounts at providers that a user logs in by. */
export type IdentityCalls = {
  /** After a log-in: links what was refused by `account_exists`, by the error's `linkToken`. */
  linkIdentity(linkToken: string): Promise<Identity>
  /** What the user can log in by at providers. */
  identities(): Promise<IdentityList>
  /** Forgets one. The last credential that a user has stays (`last_credential`). */
  unlink(id: string): Promise<void>
}

/** Passkeys, by what browsers have of WebAuthn level 3. What the browser refuses it says by a `DOMException`. */
export type PasskeyCalls = {
  /**
   * Makes a passkey, with a name or that of the browser. With the user's first factor come recovery codes, which are shown
   * this once, and all other sessions end. It needs a fresh proof, as what changes factors does.
   */
  registerPasskey(name?: string): Promise<{ passkey: Passkey; recovery_codes: string[] }>
  /**
   * Logs in without a username. With `conditional` the browser offers passkeys in a field of
   * `autocomplete="username webauthn"`, and it waits until one is chosen, or `signal` aborts. A passkey that the service does
   * not know any more the browser is told to forget.
   */
  logInWithPasskey(options?: PasskeyOptions): Promise<LoginOutcome>
  /** Asks for a passkey, as what `verify`, `verifyMfa` and `reauth` take. */
  provePasskey(options?: PasskeyOptions): Promise<PasskeyInput>
  renamePasskey(id: string, name: string): Promise<Passkey>
  /** Removes one. The browser is told which there still are. */
  removePasskey(id: string): Promise<void>
}

/**
 * The user's second factors. The service refuses what changes them by `step_up_required` unless the user has just proven who
 * they are: `reauth` does, and then the call may be made again.
 */
export type FactorCalls = {
  /** The factors that the user has. */
  factors(): Promise<FactorList>
  /** Begins to set up an authenticator app; it counts once a code was confirmed. */
  enrollTotp(): Promise<TotpEnrolment>
  /**
   * Confirms the app by its code. With the user's first factor come recovery codes, which are shown this once, and all other
   * sessions end.
   */
  confirmTotp(totp_code: string): Promise<RecoveryCodes>
  removeTotp(): Promise<void>
  /** Makes other recovery codes, which are shown this once. */
  replaceRecoveryCodes(): Promise<string[]>
  /** Proves once more who is logged in. This session goes on at that, in all tabs. */
  reauth(proof: ReauthInput): Promise<void>
}

/** What the user is, and what they change of it. */
export type ProfileCalls = {
  /** The current user. */
  me(): Promise<User>
  /**
   * Changes what is given of the profile; null deletes it. Gives the user as it is then. With `ifUnchanged`, a user that
   * this or `me` gave, it refuses with `precondition_failed` if the profile was changed since. Tokens carry a new username
   * from the next refresh on.
   */
  updateProfile(change: ProfileInput, options?: { ifUnchanged?: User }): Promise<User>
}

/**
 * What has a mail sent, and what is done by the token in its link. The answer to a request for a mail never tells whether
 * there is such an account. After a token was used this client looks whether its own session still lives.
 */
export type MailCalls = {
  /** Mails another link to verify an email: of the user who is logged in, unless one is given. */
  requestVerification(email?: string): Promise<void>
  /** Verifies the email that the link was mailed to. */
  verifyEmail(token: string): Promise<void>
  /** Mails a link to choose a new password. */
  forgotPassword(email: string, challenge?: Challenge): Promise<void>
  /** Sets the password of the link's user, whose sessions all end; log in afterwards. */
  resetPassword(input: PasswordResetInput): Promise<void>
  /** Mails a link to a new email, which the user has once the link was followed. */
  changeEmail(input: EmailChangeInput): Promise<void>
  /** Makes the email that the link was mailed to the user's. */
  confirmEmail(token: string): Promise<void>
  /** Restores the email that the link was mailed to; all of the user's sessions end. */
  undoEmailChange(token: string): Promise<void>
}
