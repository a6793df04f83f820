import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { Trace } from '../utils/trace-context.ts'

/** The variables of every request in Hono's context. */
export type AppEnv = {
  Variables: {
    deps: Deps
    requestId: string
    /** Where the client says that the request belongs, if it does. */
    trace: Trace | undefined
    /** The headers of every answer to this request, besides its id. */
    responseHeaders: Readonly<Record<string, string>>
  }
}

/** Returns the fields by which each line of the log tells to which request it belongs. */
export function idsOf(c: Context<AppEnv>) {
  const trace = c.get('trace')
  return {
    request_id: c.get('requestId'),
    trace_id: trace?.traceId,
    parent_id: trace?.parentId,
  }
}
