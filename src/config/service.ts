import { flag, text, type ValuesOf } from './kinds.ts'

export const variables = {
  PROJECT_NAME: text(100).default('Edge Auth'),
  DEBUG: flag(false),
}

/** The service's name, and how much it logs. */
export type ServiceSettings = Readonly<{ projectName: string; debug: boolean }>

export function settings(values: ValuesOf<typeof variables>): ServiceSettings {
  return { projectName: values.PROJECT_NAME, debug: values.DEBUG }
}
