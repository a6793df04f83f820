import type { Permission } from '../core/access/permissions.ts'
import type { Actor } from '../core/sessions/authenticate.ts'
import { AppError } from '../errors.ts'
import type { Guard } from './guards.ts'

/**
 * Requires a permission of the `actor` whom `currentUser` found before it. The statement that acts checks it once more
 * (core/access/steps.ts), for it may be gone by then.
 */
export function requires(permission: Permission): Guard<{ actor: Actor }> {
  return {
    async middleware(c, next) {
      if (!c.get('actor').permissions.includes(permission)) throw new AppError('permission_denied')
      await next()
    },
    problems: ['permission_denied'],
    permission,
  }
}
