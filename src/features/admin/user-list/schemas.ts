import { z } from '@hono/zod-openapi'
import { AdminUser, adminUserResponse } from '../../../http/admin-user.ts'
import { documented } from '../../../http/documented.ts'
import { text } from '../../../http/fields.ts'
import { instantFilter, nextCursorField, pageQuery } from '../../../http/paging.ts'
import type { WireForm } from '../../../http/schemas.ts'
import { MAX_EMAIL_CHARACTERS } from '../../../utils/identifiers.ts'
import { once } from '../../../utils/once.ts'
import type { Looked } from './service.ts'

export const UserQuery = pageQuery({
  search: documented(
    text
      .trim()
      .min(1, 'Enter the begin of a username or email.')
      .max(MAX_EMAIL_CHARACTERS, `Use at most ${MAX_EMAIL_CHARACTERS} characters.`)
      .optional(),
    {
      minLength: 1,
      maxLength: MAX_EMAIL_CHARACTERS,
      example: 'grace',
      description:
        'The begin of a username or email, whatever its case or Unicode form. The list then is in the order of what was found.',
    },
  ),
  role: documented(text.optional(), { example: 'admin', description: 'Who has this role.' }),
  state: documented(z.enum(['active', 'disabled']).optional(), {
    example: 'active',
    description: 'Whether they may log in.',
  }),
  created_after: instantFilter('Who were created at this moment or later.'),
  created_before: instantFilter('Who were created before this moment.'),
})

export const UserList = once(() =>
  z.object({ users: z.array(AdminUser()), next_cursor: nextCursorField() }).openapi('UserList'),
)

/** The wire form of a page of users. */
export function userList(page: {
  rows: readonly Pick<Looked, 'account'>[]
  nextCursor: string | null
}): WireForm<typeof UserList> {
  const users = page.rows.map(({ account }) => adminUserResponse(account))
  return { users, next_cursor: page.nextCursor }
}
