/**
 * A read is retried if it got no answer. A write is retried only if the server says that nothing happened. A count is a
 * write that is retried as a read is, for it does no harm to count twice.
 */
export type StatementKind = 'read' | 'write' | 'count'

/** A statement to send. Its values are text, numbers or lists of text, in the order of the placeholders. */
export type Sent = {
  text: string
  params: unknown[]
  kind: StatementKind
  /** True for a statement that will be sent again. */
  isPrepared: boolean
  /** The user whose rows a write may have to wait for. */
  userId: string | undefined
}

/** The answer to a statement. `endConnection` ends its connection, whose later answers may belong to other statements. */
export type Answer = {
  fields: readonly { name: string }[]
  rows: unknown[][]
  endConnection?: () => void
}

export type Send = (sent: Sent) => Promise<Answer>
