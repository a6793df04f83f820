import { z } from '@hono/zod-openapi'
import type { FactorList as Listed, ListedPasskey } from '../core/factors/list.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { id, instantField, type WireForm } from './schemas.ts'

/** A passkey, as its user or an admin sees it. */
export const Passkey = once(() =>
  z
    .object({
      id: id(),
      name: documented(z.string(), { example: 'Phone' }),
      created_at: instantField(),
      last_used_at: documented(instantField().nullable(), {
        format: 'date-time',
        example: '2026-01-31T12:00:00.000Z',
        description: 'The last log-in or step-up by it; null for none yet.',
      }),
      synced: documented(z.boolean(), {
        example: true,
        description: 'True if it is kept by an account of its maker, and so on several devices.',
      }),
      suspended: documented(z.boolean(), {
        example: false,
        description:
          'True if it was switched off because its counter went back, as a copy makes it.',
      }),
    })
    .openapi('Passkey'),
)

export const FactorList = once(() =>
  z
    .object({
      totp: documented(z.object({ created_at: instantField() }).nullable(), {
        description: 'The authenticator app; null for none.',
        example: { created_at: '2026-01-31T12:00:00.000Z' },
      }),
      passkeys: documented(z.array(Passkey()), { description: 'The oldest first.' }),
      recovery_codes_left: documented(z.int(), { example: 10 }),
    })
    .openapi('FactorList'),
)

/** The wire form of a passkey. */
export function passkeyResponse(passkey: ListedPasskey): WireForm<typeof Passkey> {
  return {
    id: passkey.id,
    name: passkey.name,
    created_at: passkey.createdAt.toISOString(),
    last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
    synced: passkey.isBackedUp,
    suspended: passkey.isSuspended,
  }
}

/** The wire form of a user's second factors. */
export function factorListResponse(list: Listed): WireForm<typeof FactorList> {
  return {
    totp: list.totp && { created_at: list.totp.createdAt.toISOString() },
    passkeys: list.passkeys.map(passkeyResponse),
    recovery_codes_left: list.recoveryCodesLeft,
  }
}
