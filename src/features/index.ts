import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/context.ts'
import { activityRouter } from './account/activity/router.ts'
import { deletionRouter } from './account/deletion/router.ts'
import { emailRouter } from './account/email/router.ts'
import { factorsRouter } from './account/factors/router.ts'
import { identitiesRouter } from './account/identities/router.ts'
import { identityLinksRouter } from './account/identity-links/router.ts'
import { meRouter } from './account/me/router.ts'
import { passkeysRouter } from './account/passkeys/router.ts'
import { passwordRouter } from './account/password/router.ts'
import { profileRouter } from './account/profile/router.ts'
import { recoveryRouter } from './account/recovery/router.ts'
import { recoveryCodesRouter } from './account/recovery-codes/router.ts'
import { sessionsRouter } from './account/sessions/router.ts'
import { totpRouter } from './account/totp/router.ts'
import { verificationRouter } from './account/verification/router.ts'
import { auditRouter } from './admin/audit/router.ts'
import { invitationsRouter } from './admin/invitations/router.ts'
import { rolesRouter } from './admin/roles/router.ts'
import { settingsRouter } from './admin/settings/router.ts'
import { userFactorsRouter } from './admin/user-factors/router.ts'
import { userIdentitiesRouter } from './admin/user-identities/router.ts'
import { userListRouter } from './admin/user-list/router.ts'
import { userRolesRouter } from './admin/user-roles/router.ts'
import { userSessionsRouter } from './admin/user-sessions/router.ts'
import { userStateRouter } from './admin/user-state/router.ts'
import { usersRouter } from './admin/users/router.ts'
import { codeRouter } from './auth/code/router.ts'
import { loginRouter } from './auth/login/router.ts'
import { logoutRouter } from './auth/logout/router.ts'
import { mfaRouter } from './auth/mfa/router.ts'
import { oauthExchangeRouter } from './auth/oauth-exchange/router.ts'
import { oauthFlowRouter } from './auth/oauth-flow/router.ts'
import { passkeyLoginRouter } from './auth/passkeys/router.ts'
import { reauthRouter } from './auth/reauth/router.ts'
import { refreshRouter } from './auth/refresh/router.ts'
import { sessionTokenRouter } from './auth/session-token/router.ts'
import { signupRouter } from './auth/signup/router.ts'
import { healthRouter } from './meta/health/router.ts'
import { keysRouter } from './meta/keys/router.ts'

/**
 * The mounted features. The OpenAPI document lists them in this order, in which all their examples work for whoever logs
 * in again where a session was ended, and puts in the tokens of the mails.
 */
export const features: readonly OpenAPIHono<AppEnv>[] = [
  signupRouter,
  loginRouter,
  codeRouter,
  mfaRouter,
  passkeyLoginRouter,
  oauthFlowRouter,
  oauthExchangeRouter,
  refreshRouter,
  sessionTokenRouter,
  reauthRouter,
  sessionsRouter,
  activityRouter,
  factorsRouter,
  totpRouter,
  passkeysRouter,
  recoveryCodesRouter,
  identitiesRouter,
  identityLinksRouter,
  verificationRouter,
  emailRouter,
  passwordRouter,
  recoveryRouter,
  userListRouter,
  usersRouter,
  rolesRouter,
  userRolesRouter,
  userSessionsRouter,
  userFactorsRouter,
  userIdentitiesRouter,
  userStateRouter,
  invitationsRouter,
  settingsRouter,
  auditRouter,
  logoutRouter,
  // The three have one path, and so one place in the document.
  meRouter,
  profileRouter,
  deletionRouter,
  keysRouter,
  healthRouter,
]
