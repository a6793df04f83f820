/** Which database the service uses, and how it connects to it. */
export type DatabaseSettings = Readonly<{
  url: string | undefined
  neonHttpEndpoint: string | undefined
  folder: string
  /** The schema of the tables and of the migration journal. */
  schema: string
  /** The maximum number of TCP connections. The default is the URL's `connection_limit`, or 10. */
  poolSize: number | undefined
  pooler: 'session' | 'transaction' | undefined
}>
