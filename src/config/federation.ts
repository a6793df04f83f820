import { z } from 'zod'
import { type FederationSettings, LINKING_POLICIES } from '../core/federation/settings.ts'
import { isHttpUrl, type ValuesOf } from './kinds.ts'

const urls = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((url) => url.trim())
      .filter(Boolean),
  )
  .refine((list) => list.every(isHttpUrl), 'must be a comma-separated list of URLs')
  .optional()

export const variables = {
  OAUTH_RETURN_URLS: urls,
  OAUTH_LINKING: z
    .enum(LINKING_POLICIES, `must be one of ${LINKING_POLICIES.join(', ')}`)
    .default('confirm'),
}

type Values = ValuesOf<typeof variables>

export function settings(values: Values): FederationSettings {
  return { returnUrls: values.OAUTH_RETURN_URLS ?? [], linking: values.OAUTH_LINKING }
}
