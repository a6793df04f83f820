import { tooManyRequests } from '../core/limits/refuse.ts'
import { clientKey } from '../core/limits/tries.ts'
import { clientOf } from './client.ts'
import type { Guard } from './guards.ts'

/** What wrangler.toml says of Cloudflare's limiter. */
export const GATE = { name: 'gate', count: 200, periodSeconds: 60 }

/**
 * Marks a route whose service counts its tries (core/limits), before it hashes or mails anything. Before that, the
 * platform's own limiter refuses a client that asks too often, where there is one.
 */
export const limited: Guard = {
  async middleware(c, next) {
    const deps = c.get('deps')
    if (deps.gate && deps.config.limits) {
      const passes = await deps.gate(await clientKey(deps, clientOf(c).ip))
      if (!passes) throw tooManyRequests(GATE, GATE.periodSeconds)
    }
    await next()
  },
  problems: ['too_many_requests'],
}
