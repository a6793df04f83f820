import { z } from 'zod'
import { MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS } from '../core/passwords/policy.ts'
import { ALGORITHMS, type Algorithm, isSymmetric } from '../core/tokens/algorithms.ts'
import { allKeys, KeySetSchema } from '../core/tokens/jwk.ts'
import { OWN_SCHEMA } from '../models/schema.ts'

const PLACEHOLDER =
  /your[-_ ]?(jwt[-_ ]?)?secret|change[-_ ]?(me|this|it)|placeholder|replace[-_ ]?(me|this|with)|^(?<one>.)\k<one>+$/i

const digits = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)

const wholeNumber = (min: number, max: number) =>
  digits.refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)

const someText = z.string().trim().min(1, 'must not be empty')

const text = (max: number) => someText.max(max, 'is too long')

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'], 'must be true or false')
    .transform((value) => value === 'true' || value === '1')
    .default(fallback)

/** What it says is read by the driver that will use it (database/tcp/address.ts). */
const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// connection string')
  .refine((value) => !/\/\/(username|user):password@/i.test(value), 'is still the placeholder')

/** Postgres cuts longer names without a word, and keeps those that begin with pg_ for itself. */
const schemaName = z
  .string()
  .regex(
    /^(?!pg_|information_schema$)[A-Za-z_][A-Za-z0-9_-]{0,62}$/,
    "must be a name of letters, digits, _ and -, and none of Postgres' own",
  )

const origins = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine((list) => list.every(isOrigin), {
    message:
      'must be a comma-separated list of exact origins such as https://app.example.org, with no path and no *',
  })
  .default([])

const keySet = z.string().transform((text, context) => {
  const parsed = KeySetSchema().safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  context.addIssue('is not a key set; make one with: npm run keys')
  return z.NEVER
})

/** Every variable, with its default and rules. */
export const variables = z.object({
  PROJECT_NAME: text(100).default('Edge Auth'),
  DEBUG: flag(false),
  DATABASE_URL: databaseUrl.optional(),
  NEON_HTTP_ENDPOINT: z.string().refine(isHttpUrl, 'must be an http(s) URL').optional(),
  DATABASE_SCHEMA: schemaName.default(OWN_SCHEMA),
  DATABASE_POOL_SIZE: wholeNumber(1, 100).optional(),
  DATABASE_POOLER: z.enum(['session', 'transaction'], 'must be session or transaction').optional(),
  DATA_FOLDER: text(1000).default('.data/postgres'),
  JWT_SECRET_KEY: z
    .string()
    .refine((value) => !PLACEHOLDER.test(value), 'is still a placeholder')
    .optional(),
  JWT_KEYS: keySet.optional(),
  JWT_ALGORITHM: z
    .enum(Object.keys(ALGORITHMS) as [Algorithm, ...Algorithm[]], {
      error: `must be one of ${Object.keys(ALGORITHMS).join(', ')}`,
    })
    .default('HS256'),
  JWT_ISSUER: text(200).default('edge-auth'),
  JWT_AUDIENCE: text(200).default('edge-auth'),
  ACCESS_TOKEN_EXPIRE_MINUTES: wholeNumber(1, 43_200).default(1440),
  REFRESH_TOKEN_EXPIRE_MINUTES: wholeNumber(1, 525_600).default(1440),
  SESSION_EXPIRE_MINUTES: wholeNumber(1, 1_051_200).default(43_200),
  REFRESH_GRACE_SECONDS: wholeNumber(0, 60).default(10),
  MAX_SESSIONS_PER_USER: wholeNumber(1, 1000).default(50),
  PASSWORD_MIN_LENGTH: wholeNumber(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS / 2).default(
    MIN_PASSWORD_CHARACTERS,
  ),
  CORS_ORIGINS: origins,
  TRUSTED_PROXY_COUNT: wholeNumber(0, 10).default(0),
})

export type Variables = z.infer<typeof variables>

const encoder = new TextEncoder()

/** Rules that more than one variable decides. They run even where another variable is wrong, so that all is named at once. */
const CROSS_RULES: { at: keyof Variables; holds: (env: Variables) => boolean; error: string }[] = [
  {
    at: 'JWT_SECRET_KEY',
    holds: (env) =>
      !isSymmetric(env.JWT_ALGORITHM) ||
      env.JWT_KEYS !== undefined ||
      env.JWT_SECRET_KEY !== undefined,
    error: 'is required; make one with: openssl rand -base64 48',
  },
  {
    at: 'JWT_SECRET_KEY',
    holds: (env) =>
      env.JWT_SECRET_KEY === undefined ||
      encoder.encode(env.JWT_SECRET_KEY).length >= minSecretBytes(env.JWT_ALGORITHM),
    error:
      'is too short: at least 32 bytes for HS256, 48 for HS384, 64 for HS512 (RFC 7518 section 3.2)',
  },
  {
    at: 'JWT_KEYS',
    holds: (env) =>
      !isKnown(env.JWT_ALGORITHM) || isSymmetric(env.JWT_ALGORITHM) || env.JWT_KEYS !== undefined,
    error: 'is required with this JWT_ALGORITHM; make it with: npm run keys',
  },
  {
    at: 'JWT_KEYS',
    holds: (env) =>
      !isKnown(env.JWT_ALGORITHM) ||
      env.JWT_KEYS === undefined ||
      env.JWT_KEYS === z.NEVER ||
      allKeys(env.JWT_KEYS).every((key) => key.alg === env.JWT_ALGORITHM),
    error: 'has keys of another algorithm than JWT_ALGORITHM',
  },
  {
    at: 'ACCESS_TOKEN_EXPIRE_MINUTES',
    holds: (env) => !(env.ACCESS_TOKEN_EXPIRE_MINUTES > env.REFRESH_TOKEN_EXPIRE_MINUTES),
    error: 'must not be longer than REFRESH_TOKEN_EXPIRE_MINUTES',
  },
  {
    at: 'REFRESH_TOKEN_EXPIRE_MINUTES',
    holds: (env) => !(env.REFRESH_TOKEN_EXPIRE_MINUTES > env.SESSION_EXPIRE_MINUTES),
    error: 'must not be longer than SESSION_EXPIRE_MINUTES',
  },
  {
    at: 'NEON_HTTP_ENDPOINT',
    holds: (env) => env.NEON_HTTP_ENDPOINT === undefined || env.DATABASE_URL !== undefined,
    error: 'needs DATABASE_URL beside it',
  },
]

/** The variables with all their rules; `config.ts` alone parses by it. */
export const environmentSchema = variables.superRefine(
  (env, context) => {
    for (const { at, holds, error } of CROSS_RULES) {
      if (!holds(env)) context.addIssue({ code: 'custom', path: [at], message: error })
    }
  },
  { when: () => true },
)

function minSecretBytes(algorithm: Algorithm): number {
  const rules = ALGORITHMS[algorithm]
  return rules !== undefined && 'minSecretBytes' in rules ? rules.minSecretBytes : 0
}

function isKnown(algorithm: string): boolean {
  return Object.hasOwn(ALGORITHMS, algorithm)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function isOrigin(origin: string): boolean {
  return !origin.includes('*') && isHttpUrl(origin) && new URL(origin).origin === origin
}
