import { createLogger } from '../../src/adapters/logger.ts'

export const silent = createLogger(() => {})

/** A logger, and what it was told. */
export function recordingLogger() {
  const log: Record<string, unknown>[] = []
  return { log, logger: createLogger((line) => log.push(JSON.parse(line))) }
}
