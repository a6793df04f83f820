export type LogFields = Record<string, string | number | boolean | undefined>

/** Writes an event and its fields, at a level; never throws. */
export type Logger = Record<'info' | 'warn' | 'error', (event: string, fields?: LogFields) => void>
