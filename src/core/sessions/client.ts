/** Where a request comes from, as shown to the user in the list of sessions. */
export type Client = { ip: string | null; userAgent: string | null }
