import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/context.ts'
import { accountRouter } from './account/router.ts'
import { healthRouter } from './health/router.ts'
import { keysRouter } from './keys/router.ts'
import { loginRouter } from './login/router.ts'
import { logoutRouter } from './logout/router.ts'
import { passwordRouter } from './password/router.ts'
import { sessionsRouter } from './sessions/router.ts'
import { signupRouter } from './signup/router.ts'

/** What is mounted, one line a feature; the OpenAPI document lists them in this order. */
export const features: readonly OpenAPIHono<AppEnv>[] = [
  signupRouter,
  loginRouter,
  accountRouter,
  sessionsRouter,
  logoutRouter,
  passwordRouter,
  keysRouter,
  healthRouter,
]
