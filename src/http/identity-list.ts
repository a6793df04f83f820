import { z } from '@hono/zod-openapi'
import type { IdentityList as Listed, ListedIdentity } from '../core/federation/list-identities.ts'
import { type Providers, providerName } from '../core/federation/provider.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { id, instantField, type WireForm } from './schemas.ts'

/** An account at a provider, as its user or an admin sees it. */
export const Identity = once(() =>
  z
    .object({
      id: id(),
      provider: documented(z.string(), {
        example: 'google',
        description: 'As the configuration names it, or named it once.',
      }),
      provider_name: documented(z.string(), {
        example: 'Google',
        description: 'For people. The id of a provider that is configured no longer.',
      }),
      email: documented(z.string().nullable(), {
        example: 'ada@example.org',
        description:
          'What the provider said at the last sign-in, to know it by; null for none. Nothing is decided by it.',
      }),
      created_at: instantField(),
      last_used_at: documented(instantField().nullable(), {
        format: 'date-time',
        example: '2026-01-31T12:00:00.000Z',
        description: 'The last log-in or step-up by it; null for none yet.',
      }),
    })
    .openapi('Identity'),
)

export const IdentityList = once(() =>
  z
    .object({
      identities: documented(z.array(Identity()), { description: 'The oldest first.' }),
      has_password: documented(z.boolean(), {
        example: true,
        description: 'False for a user who has none, and may set a first one.',
      }),
    })
    .openapi('IdentityList'),
)

/** The wire form of an account at a provider. */
export function identityResponse(
  { providers }: { providers: Providers },
  identity: ListedIdentity,
): WireForm<typeof Identity> {
  const { provider } = identity
  return {
    id: identity.id,
    provider,
    provider_name: providerName({ providers }, provider),
    email: identity.email,
    created_at: identity.createdAt.toISOString(),
    last_used_at: identity.lastUsedAt?.toISOString() ?? null,
  }
}

/** The wire form of what a user logs in by. */
export function identityListResponse(
  deps: { providers: Providers },
  { identities, hasPassword }: Listed,
): WireForm<typeof IdentityList> {
  return {
    identities: identities.map((identity) => identityResponse(deps, identity)),
    has_password: hasPassword,
  }
}
