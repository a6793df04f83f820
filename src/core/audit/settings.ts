/** How long events of the audit trail are kept; 0 for ever. */
export type AuditSettings = Readonly<{ retentionDays: number }>
