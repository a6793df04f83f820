import type { Context } from 'hono'
import type { Client } from '../core/sessions/client.ts'
import type { AppEnv } from '../http/context.ts'

const MAX_USER_AGENT_CHARACTERS = 512

/** Where the request comes from: the address by the platform's word, the user agent by the client's, cut to size. */
export function clientOf<Env extends AppEnv>(c: Context<Env>): Client {
  const userAgent = c.req.header('user-agent')?.toWellFormed().replaceAll('\u0000', '')
  return {
    ip:
      c.get('deps').clientAddress({ header: (name: string) => c.req.header(name), env: c.env }) ??
      null,
    userAgent: userAgent?.slice(0, MAX_USER_AGENT_CHARACTERS) ?? null,
  }
}
