import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { EXAMPLE_TOKEN } from '../../../http/examples.ts'
import { Email, jsonObject } from '../../../http/fields.ts'
import { nextCursorField, pageQuery } from '../../../http/paging.ts'
import { id, instantField, textOrNull, type WireForm } from '../../../http/schemas.ts'
import { refusal } from '../../../http/validation.ts'
import { once } from '../../../utils/once.ts'
import type { Issued, listInvitations } from './service.ts'

const DAYS = { least: 1, most: 90, default: 7 }

export const InvitationRequest = jsonObject({
  email: Email.optional(),
  expires_in_days: documented(
    z
      .int('This must be a whole number.')
      .refine(
        (days) => days >= DAYS.least && days <= DAYS.most,
        refusal('invalid_value', `Use a number from ${DAYS.least} to ${DAYS.most}.`),
      )
      .default(DAYS.default),
    {
      type: 'integer',
      minimum: DAYS.least,
      maximum: DAYS.most,
      default: DAYS.default,
      example: DAYS.default,
    },
  ),
}).openapi('InvitationRequest', { example: { email: 'ada@example.org', expires_in_days: 7 } })

export const InvitationQuery = pageQuery({})

const Invitation = once(() =>
  z
    .object({
      id: id('A handle for taking it back; it works as nothing else.'),
      email: textOrNull(
        'ada@example.org',
        'The one address that it is for, in its canonical form; null where it is for whoever has it.',
      ),
      created_at: instantField(),
      expires_at: instantField(),
    })
    .openapi('Invitation'),
)

export const InvitationList = once(() =>
  z
    .object({ invitations: z.array(Invitation()), next_cursor: nextCursorField() })
    .openapi('InvitationList'),
)

export const IssuedInvitation = once(() =>
  Invitation()
    .extend({
      token: documented(z.string(), {
        example: EXAMPLE_TOKEN,
        description: 'What somebody needs to sign up. It is shown this once.',
      }),
      link: textOrNull(
        `https://app.example.org/sign-up#token=${EXAMPLE_TOKEN}`,
        'Where the app takes it (APP_BASE_URL), or a page of this service; null where there is neither.',
      ),
    })
    .openapi('IssuedInvitation'),
)

type Listed = Awaited<ReturnType<typeof listInvitations>>[number]

/** The wire form of an invitation, without its token. */
export function invitationResponse(one: Listed): WireForm<typeof Invitation> {
  return {
    id: one.id,
    email: one.emailKey,
    created_at: one.createdAt.toISOString(),
    expires_at: one.expiresAt.toISOString(),
  }
}

/** The wire form of an invitation for whoever has just issued it. */
export function issuedResponse({
  token,
  link,
  ...invitation
}: Issued): WireForm<typeof IssuedInvitation> {
  return { ...invitationResponse(invitation), token, link }
}
