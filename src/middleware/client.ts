import type { Context } from 'hono'
import type { Client } from '../core/sessions/session.ts'
import type { AppEnv } from '../http/context.ts'
import { visible } from '../utils/visible.ts'

const MAX_USER_AGENT_CHARACTERS = 512

/**
 * Returns the client of a request: the platform's address, and what can be seen of the user agent that the client sent,
 * cut to size.
 */
export function clientOf<Env extends AppEnv>(c: Context<Env>): Client {
  // Cut first, which bounds the work, and may leave half a character at the end.
  const userAgent = c.req.header('user-agent')?.slice(0, MAX_USER_AGENT_CHARACTERS)
  return {
    ip:
      c.get('deps').clientAddress({ header: (name: string) => c.req.header(name), env: c.env }) ??
      null,
    userAgent: userAgent === undefined ? null : visible(userAgent),
  }
}
