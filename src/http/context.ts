import type { Deps } from '../deps.ts'

/** The variables of every request in Hono's context. */
export type AppEnv = {
  Variables: {
    deps: Deps
    requestId: string
    /** The headers of every answer to this request, besides its id. */
    responseHeaders: Readonly<Record<string, string>>
  }
}
