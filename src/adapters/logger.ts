import type { LogFields, Logger } from '../utils/log.ts'

/** One JSON object. JSON's escaping prevents forged lines (ASVS 16.4.1). */
export function logLine(level: keyof Logger, event: string, fields: LogFields): string {
  return JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })
}

/** Makes a logger that writes one JSON object a line. */
export function createLogger(write: (line: string) => void): Logger {
  const at =
    (level: keyof Logger) =>
    (event: string, fields: LogFields = {}) => {
      try {
        write(logLine(level, event, fields))
      } catch {
        // A log that cannot be written must not decide the outcome of a request.
      }
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
