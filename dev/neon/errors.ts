/** The fields of a Postgres error, in the order of an answer. */
const ORDER = [
  ...(['message', 'code', 'detail', 'hint', 'position', 'internalPosition'] as const),
  ...(['internalQuery', 'severity', 'where', 'table', 'column', 'schema', 'dataType'] as const),
  ...(['constraint', 'file', 'line', 'routine'] as const),
]

export type ErrorFields = Partial<Record<(typeof ORDER)[number], string | undefined>>

/** A refusal by the endpoint itself, not an error that Postgres reported. */
export class EndpointError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** An error that Postgres reported, whichever client received it. */
export class ReportedError extends Error {
  readonly fields: ErrorFields
  readonly status: number

  constructor(error: ErrorFields, status = 400) {
    super(error.message)
    this.fields = error
    this.status = status
  }
}

const LIMIT = 10_485_760

/** The maximum size of a request's body, and of an answer's rows. */
export const MAX_BYTES = LIMIT

export const refusal = {
  requestTooLarge: () => new EndpointError(413, `request is too large (max is ${LIMIT} bytes)`),
  responseTooLarge: () => new EndpointError(507, `response is too large (max is ${LIMIT} bytes)`),
  badBody: (why: string) => new EndpointError(400, `could not parse the HTTP request body: ${why}`),
  badIsolation: () => new EndpointError(400, 'invalid isolation level'),
  wrongPassword: (user: string) =>
    new EndpointError(400, `password authentication failed for user '${user}'`),
  noDatabase: (database: string) =>
    new ReportedError({
      ...{ message: `database "${database}" does not exist`, code: '3D000', severity: 'FATAL' },
      ...{ file: 'postinit.c', routine: 'InitPostgres' },
    }),
  unexpectedMessage: () => new EndpointError(400, 'unexpected message from server'),
  nulInQuery: () =>
    new EndpointError(400, 'error encoding message to server: string contains embedded null'),
  unreadable: () => new EndpointError(500, 'could not parse postgres response'),
  unreachable: () => new EndpointError(500, 'could not connect to postgres'),
  cancelled: () => new EndpointError(400, 'Query cancelled, connection was terminated'),
}

/** Postgres may send both positions. An answer has only the one that applies. */
function onePosition(fields: ErrorFields): ErrorFields {
  const { position, internalPosition, internalQuery, ...rest } = fields
  if (position) return { ...rest, position }
  if (!internalPosition) return rest
  return { ...rest, internalPosition, ...(internalQuery && { internalQuery }) }
}

/** Turns anything thrown into the status and the 17 keys of an error answer. */
export function errorAnswer(error: unknown): { status: number; body: string } {
  const own = { code: '', severity: '' }
  const reported = error instanceof ReportedError ? onePosition(error.fields) : own
  const known = error instanceof EndpointError || error instanceof ReportedError
  const fields: ErrorFields = {
    ...reported,
    message: error instanceof Error ? error.message : 'internal error',
  }
  const body = Object.fromEntries(ORDER.map((name) => [name, fields[name] ?? null]))
  return { status: known ? error.status : 500, body: JSON.stringify(body) }
}
