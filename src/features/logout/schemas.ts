import { z } from '@hono/zod-openapi'
import { jsonObject } from '../../http/fields.ts'

export const LogoutAllRequest = jsonObject({
  keep_current: z
    .boolean('This must be true or false.')
    .default(false)
    .openapi({ description: 'True to stay logged in here.' }),
}).openapi('LogoutAllRequest')
