/** The request that a change is due to, for the audit trail. */
export type Origin = {
  requestId: string | null
  /** The client's address, as the platform knows it. */
  ip: string | null
}

/** What the service or its operator does by no request. */
export const NO_REQUEST = (): Origin => ({ requestId: null, ip: null })
