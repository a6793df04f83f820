import { z } from 'zod'
import { flag, text, type ValuesOf } from './kinds.ts'

export const variables = {
  PROJECT_NAME: text(100).default('Edge Auth'),
  DEBUG: flag(false),
  DOCS: z.enum(['on', 'off'], 'must be on or off').default('on'),
}

/** The service's name, how much it logs, and whether it shows its documentation. */
export type ServiceSettings = Readonly<{ projectName: string; debug: boolean; hasDocs: boolean }>

export function settings(values: ValuesOf<typeof variables>): ServiceSettings {
  return { projectName: values.PROJECT_NAME, debug: values.DEBUG, hasDocs: values.DOCS === 'on' }
}
