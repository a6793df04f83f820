import { z } from 'zod'
import { LANGUAGES, type Language } from '../core/outbox/mails.ts'
import { isLoopbackHost } from '../utils/loopback.ts'
import { readSmtpUrl } from '../utils/smtp-url.ts'
import { baseUrl, flag, type Rule, secret, type ValuesOf } from './kinds.ts'
import type { variables as linkVariables } from './links.ts'
import { type MailFrom, mailFrom } from './mail-from.ts'

const PROVIDERS = ['http', 'smtp', 'cloudflare', 'mailbox', 'none'] as const
export type MailProvider = (typeof PROVIDERS)[number]

/** Those that bring mails to people. */
const SENDING: readonly MailProvider[] = ['http', 'smtp', 'cloudflare']

export const variables = {
  MAIL_PROVIDER: z.enum(PROVIDERS, `must be one of ${PROVIDERS.join(', ')}`).optional(),
  MAIL_FROM: mailFrom.optional(),
  MAIL_API_KEY: secret
    .regex(/^[!-~]{1,500}$/, 'must be a key of visible ASCII characters')
    .refine((value) => !/x{6}$/i.test(value), 'is still a placeholder')
    .optional(),
  MAIL_API_URL: baseUrl.default('https://api.resend.com'),
  SMTP_URL: secret
    .refine((value) => !/\/\/(username|user):password@/i.test(value), 'is still a placeholder')
    .refine(
      (value) => readSmtpUrl(value) !== undefined,
      'must be smtp://user:password@host:port or smtps://…, the password percent-encoded, with no options',
    )
    .optional(),
  MAIL_LANGUAGE: z.enum(LANGUAGES, `must be one of ${LANGUAGES.join(', ')}`).default('en'),
  REQUIRE_VERIFIED_EMAIL: flag(false),
  NEW_DEVICE_NOTICE: flag(false),
}

type Values = ValuesOf<typeof variables & typeof linkVariables>
type Given = Record<string, unknown>

export const rules: Rule<Values>[] = [
  {
    at: 'MAIL_FROM',
    holds: (values) => !sends(values) || values.MAIL_FROM !== undefined,
    error: 'is required to send mails, such as Example App <no-reply@example.org>',
  },
  {
    at: 'MAIL_API_KEY',
    holds: (values) => values.MAIL_PROVIDER !== 'http' || values.MAIL_API_KEY !== undefined,
    error: 'is required with MAIL_PROVIDER=http',
  },
  {
    at: 'SMTP_URL',
    holds: (values) => values.MAIL_PROVIDER !== 'smtp' || values.SMTP_URL !== undefined,
    error: 'is required with MAIL_PROVIDER=smtp',
  },
  {
    at: 'PUBLIC_URL',
    holds: (values) => !sends(values) || (values.PUBLIC_URL ?? values.APP_BASE_URL) !== undefined,
    error: 'is required to send mails, for their links; or APP_BASE_URL, if they lead to an app',
  },
  {
    at: 'MAIL_PROVIDER',
    holds: (values, given) => values.MAIL_PROVIDER !== 'mailbox' || given.NODE_ENV !== 'production',
    error: 'must not be mailbox with NODE_ENV=production, for it sends nothing',
  },
  {
    at: 'MAIL_PROVIDER',
    holds: (values) =>
      values.MAIL_PROVIDER !== 'mailbox' ||
      [values.PUBLIC_URL, values.APP_BASE_URL].every((url) => !url || isHere(url)),
    error:
      'must not be mailbox where PUBLIC_URL or APP_BASE_URL is not on this machine, for it sends nothing',
  },
  {
    at: 'REQUIRE_VERIFIED_EMAIL',
    holds: (values) => values.REQUIRE_VERIFIED_EMAIL !== true || providerOf(values) !== 'none',
    error: 'needs mails to be sent, by MAIL_API_KEY, SMTP_URL or MAIL_PROVIDER',
  },
]

/** How mails are sent, and which. */
export type MailSettings = Readonly<{
  provider: MailProvider
  from: MailFrom | undefined
  /** For people whose browser asks for none of the languages. */
  language: Language
  requiresVerifiedEmail: boolean
  notifiesOfNewDevices: boolean
  api: Readonly<{ url: string; key: string | undefined }>
  smtpUrl: string | undefined
}>

export function settings(values: Values): MailSettings {
  return {
    provider: providerOf(values),
    from: values.MAIL_FROM,
    language: values.MAIL_LANGUAGE,
    requiresVerifiedEmail: values.REQUIRE_VERIFIED_EMAIL,
    notifiesOfNewDevices: values.NEW_DEVICE_NOTICE,
    api: { url: values.MAIL_API_URL, key: values.MAIL_API_KEY },
    smtpUrl: values.SMTP_URL,
  }
}

/**
 * Keeps mails in the mailbox of development where nothing says how they are sent, nor that people from elsewhere come.
 * For the entries that people run on their own machine; production is left as it is.
 */
export function withDevelopmentMailbox<Variables extends Given>(given: Variables): Variables {
  const isSet = (name: string) => typeof given[name] === 'string' && given[name].trim() !== ''
  const saysHow = ['MAIL_PROVIDER', 'MAIL_API_KEY', 'SMTP_URL'].some(isSet)
  const isForOthers = ['PUBLIC_URL', 'APP_BASE_URL'].some(
    (name) => isSet(name) && !isHere(String(given[name]).trim()),
  )
  if (given.NODE_ENV === 'production' || saysHow || isForOthers) return given
  return { ...given, MAIL_PROVIDER: 'mailbox' }
}

/** A Worker does not know by itself where it is reached. Elsewhere the rules ask for one of the two. */
export function requiredOnWorkers({ MAIL_PROVIDER }: Given): Record<string, string> {
  const isKept = String(MAIL_PROVIDER ?? '').trim() === 'mailbox'
  return isKept ? { PUBLIC_URL: 'is required on Workers with MAIL_PROVIDER=mailbox' } : {}
}

function providerOf(values: Pick<Values, 'MAIL_PROVIDER' | 'MAIL_API_KEY' | 'SMTP_URL'>) {
  if (values.MAIL_PROVIDER !== undefined) return values.MAIL_PROVIDER
  if (values.MAIL_API_KEY !== undefined) return 'http'
  return values.SMTP_URL === undefined ? 'none' : 'smtp'
}

function sends(values: Values): boolean {
  return SENDING.includes(providerOf(values))
}

/** True for a URL of this machine alone. */
function isHere(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && isLoopbackHost(new URL(url).hostname)
}
