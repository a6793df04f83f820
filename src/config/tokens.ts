import { z } from 'zod'
import { ALGORITHMS, type Algorithm, isSymmetric } from '../core/tokens/algorithms.ts'
import { allKeys, KeySetSchema } from '../core/tokens/jwk.ts'
import type { TokenSettings } from '../core/tokens/settings.ts'
import { isGuessable } from './guessable.ts'
import { type Rule, secret, text, type ValuesOf, wholeNumber } from './kinds.ts'

const GUESSABLE = 'can be guessed; make one with: openssl rand -base64 48'

const keySet = z.string().transform((text, context) => {
  const parsed = KeySetSchema().safeParse(jsonOf(text))
  if (!parsed.success) {
    context.addIssue('is not a key set; make one with: npm run keys')
    return z.NEVER
  }
  if (allKeys(parsed.data).some((key) => key.kty === 'oct' && isGuessable(key.k))) {
    context.addIssue('has a key that can be guessed; make others with: npm run keys')
  }
  return parsed.data
})

export const variables = {
  JWT_SECRET_KEY: secret.refine((value) => !isGuessable(value), GUESSABLE).optional(),
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
}

type Values = ValuesOf<typeof variables>

const encoder = new TextEncoder()

export const rules: Rule<Values>[] = [
  {
    at: 'JWT_SECRET_KEY',
    holds: (values) =>
      !isSymmetric(values.JWT_ALGORITHM) ||
      values.JWT_KEYS !== undefined ||
      values.JWT_SECRET_KEY !== undefined,
    error: 'is required; make one with: openssl rand -base64 48',
  },
  {
    at: 'JWT_SECRET_KEY',
    holds: (values) =>
      values.JWT_SECRET_KEY === undefined ||
      encoder.encode(values.JWT_SECRET_KEY).length >= minSecretBytes(values.JWT_ALGORITHM),
    error:
      'is too short: at least 32 bytes for HS256, 48 for HS384, 64 for HS512 (RFC 7518 section 3.2)',
  },
  {
    at: 'JWT_KEYS',
    holds: (values) =>
      !isKnown(values.JWT_ALGORITHM) ||
      isSymmetric(values.JWT_ALGORITHM) ||
      values.JWT_KEYS !== undefined,
    error: 'is required with this JWT_ALGORITHM; make it with: npm run keys',
  },
  {
    at: 'JWT_KEYS',
    holds: (values) =>
      !isKnown(values.JWT_ALGORITHM) ||
      values.JWT_KEYS === undefined ||
      values.JWT_KEYS === z.NEVER ||
      allKeys(values.JWT_KEYS).every((key) => key.alg === values.JWT_ALGORITHM),
    error: 'has keys of another algorithm than JWT_ALGORITHM',
  },
  {
    at: 'ACCESS_TOKEN_EXPIRE_MINUTES',
    holds: (values) => !(values.ACCESS_TOKEN_EXPIRE_MINUTES > values.REFRESH_TOKEN_EXPIRE_MINUTES),
    error: 'must not be longer than REFRESH_TOKEN_EXPIRE_MINUTES',
  },
]

export function settings(values: Values): TokenSettings {
  return {
    algorithm: values.JWT_ALGORITHM,
    secretKey: values.JWT_SECRET_KEY,
    keySet: values.JWT_KEYS,
    issuer: values.JWT_ISSUER,
    audience: values.JWT_AUDIENCE,
    accessLifetimeSeconds: values.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
    refreshLifetimeSeconds: values.REFRESH_TOKEN_EXPIRE_MINUTES * 60,
  }
}

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
