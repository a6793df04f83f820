/** The IP address and user agent of a request, for the user's list of sessions. */
export type Client = { ip: string | null; userAgent: string | null }
