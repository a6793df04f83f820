import { z } from '@hono/zod-openapi'
import type { AdminAccount } from '../core/accounts/account.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { instantField, User, userResponse, type WireForm } from './schemas.ts'

const instantOrNull = (description: string) =>
  documented(instantField().nullable(), {
    format: 'date-time',
    example: '2026-01-31T12:00:00.000Z',
    description,
  })

/** What admins see of a user: never a secret either. */
export const AdminUser = once(() =>
  z
    // A schema of its own, for "all of" would be two halves that know nothing of each other.
    .object({
      ...User().shape,
      updated_at: instantField('The last change of the account.'),
      disabled_at: instantOrNull('Since when the user is disabled; null for one who is not.'),
      last_login_at: instantOrNull('The last log-in; null for none yet.'),
      email_verified_at: instantOrNull('When the present email was verified; null if it is not.'),
      mfa: documented(z.boolean(), {
        example: false,
        description: 'True if a log-in asks for a second factor.',
      }),
    })
    .openapi('AdminUser'),
)

/** The wire form of an account, for admins. */
export function adminUserResponse(account: AdminAccount): WireForm<typeof AdminUser> {
  return {
    ...userResponse(account),
    updated_at: account.updatedAt.toISOString(),
    disabled_at: account.disabledAt?.toISOString() ?? null,
    last_login_at: account.lastLoginAt?.toISOString() ?? null,
    email_verified_at: account.emailVerifiedAt?.toISOString() ?? null,
    mfa: account.hasSecondFactor,
  }
}
