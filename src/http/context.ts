import type { Deps } from '../deps.ts'

/** What every request carries in Hono's context. */
export type AppEnv = {
  Variables: {
    deps: Deps
    requestId: string
    /** The headers that every answer of this request bears besides the id. */
    responseHeaders: Readonly<Record<string, string>>
  }
}
