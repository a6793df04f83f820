import { z } from '@hono/zod-openapi'

export const LogoutAllRequest = z
  .strictObject({
    keep_current: z
      .boolean('This must be true or false.')
      .default(false)
      .openapi({ description: 'True to stay logged in here.' }),
  })
  .openapi('LogoutAllRequest')
