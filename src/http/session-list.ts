import { z } from '@hono/zod-openapi'
import type { LiveSession } from '../core/sessions/list.ts'
import { TRANSPORTS } from '../core/sessions/session.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { id, instantField, textOrNull, type WireForm } from './schemas.ts'

const Session = once(() =>
  z
    .object({
      id: id('A handle for ending the session; it works as nothing else.'),
      created_at: instantField(),
      last_used_at: instantField('The last log-in or refresh.'),
      expires_at: instantField('When it ends unless it is refreshed before.'),
      ip: textOrNull('203.0.113.7', 'The address of the last log-in or refresh.'),
      user_agent: z.object({
        browser: textOrNull('Firefox 143'),
        os: textOrNull('Linux'),
        device: textOrNull('desktop'),
      }),
      transport: documented(z.enum(TRANSPORTS), {
        example: 'bearer',
        description: 'What carries it.',
      }),
      current: documented(z.boolean(), { description: 'True for the session that asks.' }),
    })
    .openapi('Session'),
)

export const SessionList = once(() =>
  z.object({ sessions: z.array(Session()) }).openapi('SessionList'),
)

/** The wire form of a user's sessions. What reads user agents is loaded with the first list, so that no start pays for it. */
export async function sessionList(
  sessions: readonly LiveSession[],
): Promise<WireForm<typeof SessionList>> {
  const { parseUserAgent } = await import('../utils/user-agent.ts')
  return {
    sessions: sessions.map((session) => ({
      id: session.id,
      created_at: session.createdAt.toISOString(),
      last_used_at: session.lastUsedAt.toISOString(),
      expires_at: session.expiresAt.toISOString(),
      ip: session.ip,
      user_agent: parseUserAgent(session.userAgent),
      transport: session.transport,
      current: session.isCurrent,
    })),
  }
}
