import type { Context } from 'hono'
import type { Client } from '../core/sessions/session.ts'
import type { AppEnv } from '../http/context.ts'

const MAX_USER_AGENT_CHARACTERS = 512

/** Returns the client of a request: the platform's address, and the user agent that the client sent, cut to size. */
export function clientOf<Env extends AppEnv>(c: Context<Env>): Client {
  const userAgent = c.req.header('user-agent')?.toWellFormed().replaceAll('\u0000', '')
  return {
    ip:
      c.get('deps').clientAddress({ header: (name: string) => c.req.header(name), env: c.env }) ??
      null,
    userAgent: userAgent?.slice(0, MAX_USER_AGENT_CHARACTERS) ?? null,
  }
}
