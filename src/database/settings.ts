/** Which database there is, and how it is reached. */
export type DatabaseSettings = Readonly<{
  url: string | undefined
  neonHttpEndpoint: string | undefined
  folder: string
  /** The schema that holds the tables and the journal of migrations. */
  schema: string
  /** Connections over TCP; the driver's own default without it. */
  poolSize: number | undefined
  pooler: 'session' | 'transaction' | undefined
}>
