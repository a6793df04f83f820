/** A read is sent again where it was not answered; a write only where the server says that nothing happened. */
export type StatementKind = 'read' | 'write'

/** One statement on its way; its values are text, numbers or lists of text, in the order of their places. */
export type Sent = {
  text: string
  params: unknown[]
  kind: StatementKind
  /** True for one that will come again. */
  isPrepared: boolean
  /** Whose rows a write may have to wait for. */
  userId: string | undefined
}

/** What came back. `distrust` ends the connection it came on, where answers may be those to other statements. */
export type Answer = {
  fields: readonly { name: string }[]
  rows: unknown[][]
  distrust?: () => void
}

export type Send = (sent: Sent) => Promise<Answer>
