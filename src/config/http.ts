import { z } from 'zod'
import { isLocalUrl } from '../utils/loopback.ts'
import { isOrigin, LOCAL_ORIGINS, matcherOf } from '../utils/origins.ts'
import { type Rule, type ValuesOf, wholeNumber } from './kinds.ts'

const origins = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine((list) => list.every(isListable), {
    message: `must be a comma-separated list of exact origins such as https://app.example.org, with no path; * stands in ${LOCAL_ORIGINS.join(' and ')} alone`,
  })
  .default([])

export const variables = {
  CORS_ORIGINS: origins,
  COOKIE_ORIGINS: origins,
  TRUSTED_PROXY_COUNT: wholeNumber(0, 10).default(0),
}

type Values = ValuesOf<typeof variables>

export const rules: Rule<Values>[] = [
  {
    at: 'COOKIE_ORIGINS',
    holds: ({ COOKIE_ORIGINS: listed, CORS_ORIGINS: callers }) =>
      listed.every((origin) => callers.includes(origin) || matcherOf(callers)(origin)),
    error: 'must be among CORS_ORIGINS',
  },
  {
    at: 'COOKIE_ORIGINS',
    holds: ({ COOKIE_ORIGINS: listed }) => listed.every(isSafe),
    error: 'must be https; http is for this machine alone',
  },
]

/** The origins and local patterns whose pages may call, and the number of proxies whose client address is trusted. */
export type HttpSettings = Readonly<{
  corsOrigins: readonly string[]
  /** Those of them whose pages may have the cookie of a session. */
  cookieOrigins: readonly string[]
  trustedProxyCount: number
}>

export function settings(values: ValuesOf<typeof variables>): HttpSettings {
  return {
    corsOrigins: values.CORS_ORIGINS,
    cookieOrigins: values.COOKIE_ORIGINS,
    trustedProxyCount: values.TRUSTED_PROXY_COUNT,
  }
}

function isSafe(url: string): boolean {
  return url.startsWith('https:') || isLocalPattern(url) || isLocalUrl(url)
}

function isLocalPattern(origin: string): boolean {
  return LOCAL_ORIGINS.some((pattern) => pattern === origin)
}

function isListable(origin: string): boolean {
  return isLocalPattern(origin) || (!origin.includes('*') && isOrigin(origin))
}
