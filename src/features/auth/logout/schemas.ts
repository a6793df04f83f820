import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { jsonObject } from '../../../http/fields.ts'

export const LogoutAllRequest = jsonObject({
  keep_current: documented(z.boolean('This must be true or false.').default(false), {
    description: 'True to stay logged in here.',
  }),
}).openapi('LogoutAllRequest', { example: { keep_current: true } })
