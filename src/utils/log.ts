export type LogFields = Record<string, string | number | boolean | undefined>

/** Logs an event with its fields at a level. Never throws. */
export type Logger = Record<'info' | 'warn' | 'error', (event: string, fields?: LogFields) => void>
