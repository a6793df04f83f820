import type { AuditSettings } from '../core/audit/settings.ts'
import { type ValuesOf, wholeNumber } from './kinds.ts'

/** The least is what the database keeps whoever asks (drizzle/0005_access.sql). */
const DAYS = { least: 30, most: 3_650 }

export const variables = {
  AUDIT_RETENTION_DAYS: wholeNumber(0, DAYS.most)
    .refine(
      (days) => days === 0 || days >= DAYS.least,
      `must be from ${DAYS.least} to ${DAYS.most}, or 0 to keep all for ever`,
    )
    .default(365),
}

export function settings(values: ValuesOf<typeof variables>): AuditSettings {
  return { retentionDays: values.AUDIT_RETENTION_DAYS }
}
