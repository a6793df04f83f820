import { baseUrl, type ValuesOf } from './kinds.ts'

export const variables = {
  PUBLIC_URL: baseUrl.optional(),
  APP_BASE_URL: baseUrl.optional(),
}

/**
 * Where links lead to, both without a slash at the end. No header of a request ever says that, for whoever asks for a
 * mail would choose where its link leads.
 */
export type LinkSettings = Readonly<{
  /** Where this service is reached from outside. */
  publicUrl: string | undefined
  /** The app whose pages links lead to instead of this service's. */
  appBaseUrl: string | undefined
}>

export function settings(values: ValuesOf<typeof variables>): LinkSettings {
  return { publicUrl: values.PUBLIC_URL, appBaseUrl: values.APP_BASE_URL }
}
