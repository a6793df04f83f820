import { z } from 'zod'
import { flag, safeUrl, type ValuesOf } from './kinds.ts'

export const variables = {
  HOSTED_PAGES: flag(true),
  PAGES_LOGO_URL: z
    .string()
    .refine(
      (url) => safeUrl(url, /[#\\\s"'<>;,]/)?.protocol === 'https:',
      'must be an https URL of an image, such as https://www.example.org/logo.svg',
    )
    .optional(),
  PAGES_ACCENT_COLOR: z
    .string()
    .regex(/^#[\da-f]{6}$/i, 'must be a color such as #0b62c4')
    .optional(),
}

/** Whether there are pages by which people sign up, log in and manage their accounts, and how they look. */
export type PageSettings = Readonly<{
  isOn: boolean
  logoUrl: string | undefined
  accentColor: string | undefined
}>

export function settings(values: ValuesOf<typeof variables>): PageSettings {
  return {
    isOn: values.HOSTED_PAGES,
    logoUrl: values.PAGES_LOGO_URL,
    accentColor: values.PAGES_ACCENT_COLOR?.toLowerCase(),
  }
}
