/** A limit: so many at once, which come back one by one, evenly over the period (GCRA). */
export type Limit = Readonly<{ count: number; periodSeconds: number }>

const HOUR = 3600

/** Every limit, with its default and what it counts. A row of `rate_limits` counts it for one client, account or address. */
export const LIMITS = {
  login_client: {
    count: 200,
    periodSeconds: HOUR,
    counts: 'log-ins from one client that failed',
  },
  login_account: {
    count: 20,
    periodSeconds: HOUR,
    counts:
      'log-ins to one account that failed, by whichever identifier. Those from an address where the user has a live session count apart',
  },
  login_account_checked: {
    count: 20,
    periodSeconds: HOUR,
    counts: 'the same for people who passed Turnstile once the one above was used up',
  },
  mfa_account: {
    count: 10,
    periodSeconds: HOUR,
    counts:
      'codes, recovery codes and passkeys to one account that were refused as second factor; those of a live session count apart. It holds even where limits are switched off',
  },
  password_session: {
    count: 20,
    periodSeconds: HOUR,
    counts: 'current passwords that one session was asked for',
  },
  profile_account: {
    count: 120,
    periodSeconds: HOUR,
    counts: 'changes that one user makes of the profile',
  },
  signup_client: { count: 100, periodSeconds: HOUR, counts: 'sign-ups from one client' },
  reset_client: {
    count: 60,
    periodSeconds: HOUR,
    counts: 'passwords that one client chose by links of mails',
  },
  outgoing_client: {
    count: 300,
    periodSeconds: HOUR,
    counts:
      'requests of one client for which Turnstile or the list of leaked passwords is asked before anything else is counted',
  },
  provider_client: {
    count: 600,
    periodSeconds: HOUR,
    counts: 'sign-ins at providers that one client begins and comes back from, each once',
  },
  mail_client: { count: 60, periodSeconds: HOUR, counts: 'mails that one client asked for' },
  mail_address: {
    count: 5,
    periodSeconds: HOUR,
    counts: 'mails of one kind that anybody asked for to one address',
  },
  notice_account: {
    count: 10,
    periodSeconds: HOUR,
    counts:
      'mails that only tell one account of something. Beyond it the mail is left out, and what it would tell of happens all the same',
  },
  mail_all: {
    count: 10_000,
    periodSeconds: HOUR,
    counts: 'mails that anybody asked for, in 16 shards',
  },
  audit_subject: {
    count: 10,
    periodSeconds: HOUR,
    counts: 'failures about one account, or one client, that the audit trail records',
  },
  audit_all: {
    count: 1_000,
    periodSeconds: HOUR,
    counts: 'failures that the audit trail records of all, in 16 shards',
  },
} as const satisfies Record<string, Limit & { counts: string }>

export type LimitName = keyof typeof LIMITS

/** The limits in force, or undefined where they are switched off. */
export type LimitSettings = Readonly<Record<LimitName, Limit>> | undefined

/** What is limited even where nothing else is: guesses among a million codes, and what anybody writes into the trail. */
export const ALWAYS_LIMITED: readonly string[] = ['mfa', 'login_code', 'failure']

/** What is limited, with the limits that it counts against, in the order in which a refusal names one. */
export const LIMITED = {
  login: ['login_client', 'login_account'],
  checked_login: ['login_client', 'login_account_checked'],
  mfa: ['mfa_account'],
  passkey: ['login_client'],
  login_code: ['mail_client', 'mail_address', 'mail_all'],
  login_code_try: ['login_client'],
  provider: ['provider_client'],
  federated: ['login_client'],
  federated_signup: ['signup_client'],
  password: ['password_session'],
  profile: ['profile_account'],
  signup: ['signup_client', 'mail_address', 'mail_all'],
  forgot: ['mail_client', 'mail_address', 'mail_all'],
  verification: ['mail_client', 'mail_address', 'mail_all'],
  email_change: ['mail_client', 'mail_address', 'mail_all'],
  admin_mail: ['mail_address', 'mail_all'],
  reset: ['reset_client'],
  outgoing: ['outgoing_client'],
  notice: ['notice_account'],
  failure: ['audit_subject', 'audit_all'],
} as const satisfies Record<string, readonly LimitName[]>

export type Limited = keyof typeof LIMITED
