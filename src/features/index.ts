import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/context.ts'
import { meRouter } from './account/me/router.ts'
import { passwordRouter } from './account/password/router.ts'
import { sessionsRouter } from './account/sessions/router.ts'
import { loginRouter } from './auth/login/router.ts'
import { logoutRouter } from './auth/logout/router.ts'
import { refreshRouter } from './auth/refresh/router.ts'
import { signupRouter } from './auth/signup/router.ts'
import { healthRouter } from './meta/health/router.ts'
import { keysRouter } from './meta/keys/router.ts'

/** The mounted features. The OpenAPI document lists them in this order, in which all their examples work. */
export const features: readonly OpenAPIHono<AppEnv>[] = [
  signupRouter,
  loginRouter,
  refreshRouter,
  meRouter,
  sessionsRouter,
  passwordRouter,
  logoutRouter,
  keysRouter,
  healthRouter,
]
