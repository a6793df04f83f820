import { literal } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { roleAbove } from '../access/grant.ts'
import { USER } from '../access/permissions.ts'
import { actorFound } from '../access/steps.ts'
import { maskedEmail, type Recorded } from '../audit/record-steps.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { refuseLimited } from '../limits/refuse.ts'
import { NONE, triesOf } from '../limits/tries.ts'
import { mailValues, newId } from '../outbox/enqueue.ts'
import { type Language, languageFor } from '../outbox/mails.ts'
import type { SessionRef } from '../sessions/session.ts'
import type { AdminAccount } from './account.ts'
import { alreadyTaken } from './already-taken.ts'
import { CREATE_PARAMS, userCreated } from './create-steps.ts'
import { findAccount } from './find-account.ts'
import { refuseDomain } from './mail-domains.ts'

type Created = ReturnType<typeof userCreated>

/** A role of a new user is granted as any other, so that whoever watches for that sees it. */
function eventsOf(
  { created, granted }: Pick<Created, 'created' | 'granted'>,
  by: Pick<Recorded, 'actor' | 'session'>,
  more: Recorded['details'] = {},
): Recorded[] {
  return [
    {
      ...{ event: 'user_created', of: created, subject: created.id, ...by },
      details: { email: maskedEmail(created.email), ...more },
    },
    {
      ...{ event: 'role_granted', of: granted, subject: granted.userId, ...by },
      details: { role: granted.role, ...more },
    },
  ]
}

const createAsAdmin = stateChange({
  name: 'create_user_as_admin',
  params: { sessionId: 'uuid', userId: 'uuid', ...CREATE_PARAMS },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:users:create')
    const { steps, created, granted, answers } = userCreated(db, p, actor)
    const by = { actor: p.userId, session: p.sessionId }
    return {
      steps: [actor, ...steps],
      records: eventsOf({ created, granted }, by),
      answers,
    }
  },
})

const createAsOperator = stateChange({
  name: 'create_user_as_operator',
  params: CREATE_PARAMS,
  change(db, p) {
    const { steps, created, granted, answers } = userCreated(db, p)
    return {
      steps,
      records: eventsOf({ created, granted }, { actor: null }, { by: literal('operator') }),
      answers,
    }
  },
})

export type NewUser = {
  username: string
  email: string
  displayName?: string | undefined
  locale?: string | undefined
  roles?: readonly string[] | undefined
  /** The admin's session, or null for the operator, who may do anything. */
  actor: SessionRef | null
}

type Deps = Pick<CoreDeps, 'db' | 'origin' | 'clock' | 'mailer' | 'postman' | 'pseudonyms'> & {
  config: CoreDeps['config'] & { mail: { language: Language } }
}

/** A concurrent statement can take an identifier unseen. The next attempt sees it. */
const MAX_ATTEMPTS = 3

/**
 * Creates a user who has no password, and mails a link to choose one, where there is a mailer. Returns the account, and the
 * id of the link's token (`reset_password`). Throws `already_taken`, `validation_failed` for a role that does not exist or a
 * domain that is not accepted, `too_many_requests`, and `permission_denied` for what the actor may not do or give.
 */
export async function createUser(
  deps: Deps,
  { username, email, displayName, locale, roles = [], actor }: NewUser,
): Promise<{ account: AdminAccount; tokenId: string }> {
  const refusedEmail = refuseDomain(deps.config.signup.domains, '/email', email)
  if (refusedEmail) throw new AppError('validation_failed', { errors: [refusedEmail] })
  const wanted = [...new Set(roles)]
  if (wanted.includes(USER)) throw refusedRoles('Everybody has the role user.')
  const values = {
    ...{ username, usernameKey: identifierKey(username), email, emailKey: identifierKey(email) },
    ...{ displayName: displayName ?? null, locale: locale ?? null },
    ...{ roles: wanted.join(','), roleCount: wanted.length },
    tries: actor ? await triesOf(deps, 'admin_mail', { identifier: email }) : NONE,
  }
  const language = languageFor(locale ?? null, deps.config.mail.language)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [id, tokenId] = [newId(deps), newId(deps)]
    const all = { ...values, id, tokenId, ...mailValues(deps, { language }) }
    const outcome = actor
      ? await createAsAdmin(deps, { ...all, userId: actor.userId, sessionId: actor.sessionId })
      : await createAsOperator(deps, all)
    refuseCreation(outcome, wanted.length)
    refuseLimited(deps, outcome)
    if (outcome.createdId === null) continue
    deps.postman.wake()
    return { account: await findAccount(deps, id), tokenId }
  }
  throw new AppError('overloaded')
}

type Verdict = {
  mayGrant: boolean | null
  foundRoles: number | null
  areCovered: boolean | null
  isUsernameTaken: boolean | null
  isEmailTaken: boolean | null
}

/** Throws what stands against a new user. */
function refuseCreation(verdict: Verdict, roleCount: number): void {
  if (verdict.mayGrant === null) throw new AppError('permission_denied')
  if (!verdict.mayGrant) throw mayNotGrant()
  if (verdict.foundRoles !== roleCount) throw noSuchRoles()
  if (!verdict.areCovered) throw roleAbove()
  const { isUsernameTaken: username, isEmailTaken: email } = verdict
  if (username || email) throw alreadyTaken({ username: username === true, email: email === true })
}

/** The refusal to grant roles to a new user by somebody who may create users alone. */
export function mayNotGrant(): AppError {
  return new AppError('permission_denied', { detail: 'You are not allowed to grant roles.' })
}

/** The refusal of roles that do not exist. */
export function noSuchRoles(): AppError {
  return refusedRoles('One of these roles does not exist.')
}

function refusedRoles(detail: string): AppError {
  return new AppError('validation_failed', {
    errors: [{ pointer: '/roles', code: 'invalid_value', detail }],
  })
}
