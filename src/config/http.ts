import { z } from 'zod'
import { isOrigin, LOCAL_ORIGINS } from '../utils/origins.ts'
import { type ValuesOf, wholeNumber } from './kinds.ts'

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
  TRUSTED_PROXY_COUNT: wholeNumber(0, 10).default(0),
}

/** The origins and local patterns whose pages may call, and the number of proxies whose client address is trusted. */
export type HttpSettings = Readonly<{
  corsOrigins: readonly string[]
  trustedProxyCount: number
}>

export function settings(values: ValuesOf<typeof variables>): HttpSettings {
  return { corsOrigins: values.CORS_ORIGINS, trustedProxyCount: values.TRUSTED_PROXY_COUNT }
}

function isListable(origin: string): boolean {
  const isPattern = LOCAL_ORIGINS.some((pattern) => pattern === origin)
  return isPattern || (!origin.includes('*') && isOrigin(origin))
}
